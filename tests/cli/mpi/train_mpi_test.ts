/** `train --mpi` under both launchers: results, resuming, and what all ranks must have in common. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mpiFamilies } from "../../distributed/mpirun.ts";
import { named } from "../../missing.ts";
import { inFolder, names, runCli, writeNpy } from "../run_cli.ts";
import { runHere } from "../run_here.ts";
import { checkpointsOf, readJson } from "../training_runs.ts";
import { assertSameRun, PROGRAM, shortArgs, train, trained } from "./train_over_mpi.ts";

const alone = (args: string[]) => args.filter((each) => each !== "--mpi");
const [openMpi] = mpiFamilies;

for (const family of mpiFamilies) {
  Deno.test({
    ...named(
      `train --mpi on three ranks of ${family.name} prints once and leaves the files of one process`,
      family.missing,
    ),
    fn: () =>
      inFolder(async (folder) => {
        const data = await writeNpy(`${folder}/a.npy`, 300, 1);
        const rows = ["--rows", ":250", "--eval-rows", "250:", "--checkpoint-every", "12"];
        const result = await trained(family, 3, shortArgs(data, `${folder}/ranks`, ...rows));
        const whole = await runHere(alone(shortArgs(data, `${folder}/one`, ...rows)));
        assertEquals(whole.code, 0, whole.stderr);
        assertEquals(names(`${folder}/ranks`), names(`${folder}/one`));
        const figures = (text: string) => text.replace(/ in \d+ s, [\d,]+ rows\/s/, "");
        assertEquals(figures(result.stdout), figures(whole.stdout));
        assertEquals(result.stderr.split("step 12/12").length, 2, result.stderr);
        await assertSameRun(`${folder}/ranks`, `${folder}/one`);
        const { environment } = await readJson(`${folder}/ranks/run.json`);
        assertEquals([environment.ranks.count, environment.ranks.perReplica], [3, 3]);
        assertMatch(environment.ranks.communicator, new RegExp(`^${family.name} \\d`));
        assertEquals(checkpointsOf(`${folder}/ranks`).length, 4);
      }),
  });

  Deno.test({
    ...named(
      `train --mpi on ${family.name} refuses ranks with other options, or without the data`,
      family.missing,
    ),
    fn: () =>
      inFolder(async (folder) => {
        const data = await writeNpy(`${folder}/a.npy`, 300, 1), out = `${folder}/run`;
        const two = (first: string[], second: string[]) =>
          train(family, 1, [...first, ":", "-n", "1", Deno.execPath(), ...PROGRAM, ...second]);
        const other = await two(
          shortArgs(data, out),
          shortArgs(data, out, "--learning-rate", "0.02"),
        );
        assertEquals(other.code, 1, other.stderr);
        assertStringIncludes(
          other.stderr,
          "Cannot train: --learning-rate must be the same on all ranks but is 0.01 on rank 0 and 0.02 on rank 1",
        );
        const args = shortArgs(data, out);
        const [run, ...rest] = PROGRAM;
        const hidden = await train(family, 1, [
          ...args,
          ...[":", "-n", "1", Deno.execPath(), run, `--deny-read=${data}`, ...rest, ...args],
        ]);
        assertEquals(hidden.code, 1, hidden.stderr);
        assertMatch(hidden.stderr, /^Rank 1 of 2: Cannot open .*a\.npy: /m);
        assertEquals(names(folder), ["a.npy"]);
      }),
  });
}

Deno.test({
  ...named(
    "train --mpi prints a mistake in the command line once, or names the rank that alone has it",
    openMpi.missing,
  ),
  fn: () =>
    inFolder(async (folder) => {
      const args = shortArgs(`${folder}/a.npy`, `${folder}/run`);
      const mistakes = [
        [["--learningrate", "1"], "Cannot read the command line: unknown option '--learningrate'"],
        [["--latents", "abc"], 'Cannot use --latents "abc": it must be a whole number'],
      ] as const;
      for (const [options, message] of mistakes) {
        const all = await train(openMpi, 3, [...args, ...options]);
        assertEquals(all.code, 2, all.stderr);
        assertEquals(all.stderr.split(message).length, 2, all.stderr);
        const rank1 = [":", "-n", "1", Deno.execPath(), ...PROGRAM, ...args, ...options];
        const one = await train(openMpi, 1, [...args, ...rank1]);
        assertEquals(one.code, 1, one.stderr);
        assertEquals(one.stderr.split(`Rank 1 of 2: ${message}`).length, 2, one.stderr);
      }
    }),
});

Deno.test({
  ...named(
    "a run over ranks resumes on 1, 2 and 4 ranks, and one of one process on a grid",
    openMpi.missing,
  ),
  fn: () =>
    inFolder(async (folder) => {
      const data = await writeNpy(`${folder}/a.npy`, 300, 1);
      const often = ["--checkpoint-every", "4", "--keep", "9", "--no-report"];
      const args = (out: string, ...more: string[]) =>
        shortArgs(data, `${folder}/${out}`, ...often, ...more);
      await trained(openMpi, 3, args("three"));
      const one = await runHere(alone(args("one")));
      assertEquals(one.code, 0, one.stderr);
      await assertSameRun(`${folder}/three`, `${folder}/one`);
      const shards = `${folder}/three/checkpoints/step-00000008.shards.json`;
      for (const ranks of [2, 4]) {
        await trained(openMpi, ranks, args(`on-${ranks}`, "--resume", shards));
        await assertSameRun(`${folder}/on-${ranks}`, `${folder}/one`);
      }
      const resumed = await runHere(alone(args("on-1", "--resume", shards)));
      assertEquals(resumed.code, 0, resumed.stderr);
      await assertSameRun(`${folder}/on-1`, `${folder}/one`);
      const whole = `${folder}/one/checkpoints/step-00000004.safetensors`;
      const grid = ["--ranks-per-replica", "2"];
      const { stderr } = await trained(openMpi, 4, args("grid", ...grid, "--resume", whole));
      assertStringIncludes(stderr, `Resuming after step 4, from ${whole}`);
      await assertSameRun(`${folder}/grid`, `${folder}/one`);
    }),
});

Deno.test("train --mpi without an MPI library says what to install, and --ranks-per-replica needs --mpi", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 300, 1);
    const args = shortArgs(data, `${folder}/run`, "--ranks-per-replica", "2");
    const library = await runCli(args, { env: { MATRYOSHKA_MPI: "libmissing.so.1" } });
    assertEquals(library.code, 1);
    assertMatch(library.stderr, /^Cannot connect to MPI: /);
    const { code, stderr } = await runHere(alone(args));
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Cannot use --ranks-per-replica 2: it needs --mpi");
    assert(!names(folder).includes("run"));
  }));
