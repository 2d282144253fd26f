/** Runs that are killed, interrupted or run out of disk, and go on bit for bit. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { Random, readCheckpoint, type StepMetrics } from "../../mod.ts";
import { openFile } from "../../src/io/sources/files.ts";
import { resealed } from "../training/resealed.ts";
import {
  type CliResult,
  inFolder,
  names,
  runCli,
  spawnCli,
  trainArgs,
  writeNpy,
  writeSafetensors,
} from "./run_cli.ts";
import { runHere } from "./run_here.ts";

const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(path));

/** Steps of a run; one reading of the metrics for each, see `READINGS` of the loop. */
const STEPS = 50;
/** Kills of the whole test, and the seed of their instants. */
const KILLS = 40, SEED = Number(Deno.env.get("KILL_SEED") ?? 20261122);
/** Kills in one run before it is let through. */
const KILLS_PER_RUN = 8;

interface Outcome {
  readonly sae: Uint8Array;
  readonly history: StepMetrics[];
  readonly resumedAfter?: number[];
}

async function outcomeOf(out: string): Promise<Outcome> {
  const { history, resumedAfter } = await readJson(`${out}/run.json`);
  return { sae: await Deno.readFile(`${out}/sae.safetensors`), history, resumedAfter };
}

async function finished(args: string[]): Promise<CliResult> {
  const result = await runCli(args);
  assertEquals(result.code, 0, result.stderr);
  return result;
}

const checkpointsOf = (out: string): string[] => {
  try {
    return names(`${out}/checkpoints`);
  } catch {
    return [];
  }
};
const temporaries = (out: string): string[] =>
  [...checkpointsOf(out), ...names(out)].filter((name) => name.endsWith(".tmp"));

/** When to kill: so many milliseconds after the first step, and then perhaps not before a file is being written. */
interface Instant {
  readonly milliseconds: number;
  readonly writing?: string;
}

/** Starts a run, kills it, and says whether it was still running. */
async function kill(args: string[], { milliseconds, writing }: Instant): Promise<boolean> {
  const child = spawnCli(args);
  const stdout = child.stdout.cancel();
  let stderr = "", timer: ReturnType<typeof setTimeout> | undefined;
  const strike = () => {
    if (writing && temporaries(writing).length === 0 && !names(writing).includes("run.json")) {
      timer = setTimeout(strike, 0);
      return;
    }
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (timer === undefined && /step \d|Resuming/.test(stderr)) {
      timer = setTimeout(strike, milliseconds);
    }
  }
  const { signal, code } = await child.status;
  clearTimeout(timer);
  await stdout;
  assert(signal === "SIGKILL" || code === 0, stderr);
  return signal === "SIGKILL";
}

Deno.test({
  name: `train killed ${KILLS} times at random instants resumes bit for bit`,
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [
        await writeNpy(`${folder}/a.npy`, 500, 1),
        await writeSafetensors(`${folder}/b.safetensors`, 300, 2),
      ];
      const random = Random.fromSeed(SEED);
      const backends = ["wasm", "reference"];
      let kills = 0, halfWritten = 0, runs = 0, withoutCheckpoint = 0;
      const expected: Record<string, Outcome> = {};
      const argsOf = (out: string, backend: string) =>
        trainArgs(data, out, ...[
          ...["--steps", `${STEPS}`, "--backend", backend, "--permute-every", "7"],
          ...[
            "--latents",
            "400",
            "--batch",
            "48",
            "--shuffle-rows",
            "200",
            "--checkpoint-every",
            "1",
          ],
        ]);
      for (const backend of backends) {
        // No checkpoints: to save them changes nothing, either.
        await finished(argsOf(`${folder}/${backend}`, backend).concat("--checkpoint-every", "0"));
        expected[backend] = await outcomeOf(`${folder}/${backend}`);
        assertEquals(expected[backend].history.length, STEPS);
        assertEquals(checkpointsOf(`${folder}/${backend}`), []);
      }
      while (kills < KILLS) {
        const backend = backends[runs++ % backends.length];
        const out = `${folder}/run-${runs}`, args = argsOf(out, backend);
        for (let killsOfRun = 0; killsOfRun < KILLS_PER_RUN;) {
          const has = checkpointsOf(out).some((name) => name.endsWith(".safetensors"));
          // The first steps of a process are its slowest; every second kill waits for a write.
          const milliseconds = (has ? 90 : 250) * random.uniform();
          const instant = { milliseconds, ...(kills % 2 === 1 && { writing: out }) };
          const killed = await kill(has ? [...args, "--resume"] : args, instant);
          if (!killed) break;
          killsOfRun++;
          kills++;
          if (temporaries(out).length > 0) halfWritten++;
          if (checkpointsOf(out).length === 0) withoutCheckpoint++;
        }
        const has = checkpointsOf(out).some((name) => name.endsWith(".safetensors"));
        if (!names(out).includes("run.json")) await finished(has ? [...args, "--resume"] : args);
        const { resumedAfter, ...outcome } = await outcomeOf(out);
        const { resumedAfter: _, ...wanted } = expected[backend];
        assertEquals(outcome, wanted, `seed ${SEED}, run ${runs}, resumed after ${resumedAfter}`);
        assertEquals(temporaries(out), []);
        assertEquals(checkpointsOf(out).length, 2);
      }
      console.log(
        `${kills} kills in ${runs} runs (seed ${SEED}): ${halfWritten} left a half-written file, ` +
          `${withoutCheckpoint} came before the first checkpoint`,
      );
      assertGreater(halfWritten, 0);
    }),
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `train stopped by ${signal} saves a checkpoint, and --resume gives the uninterrupted run`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
        const out = `${folder}/run`;
        // Long enough to be stopped, and not at a step whose figures would be read anyway.
        const long = ["--steps", "3000", "--batch", "32"];
        const child = spawnCli(trainArgs(data, out, ...long));
        const stdout = child.stdout.cancel();
        let stderr = "", sent = false;
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
          stderr += text;
          if (sent || !stderr.includes("step ")) continue;
          sent = true;
          child.kill(signal);
        }
        await stdout;
        assertEquals((await child.status).code, 130, stderr);
        const { steps, history } = await readJson(`${out}/run.json`);
        const path = `${out}/checkpoints/step-${`${steps}`.padStart(8, "0")}.safetensors`;
        assertStringIncludes(stderr, `Wrote ${path}: the same command with --resume ${out}`);
        assertEquals(history.at(-1).step, steps);
        const resumed = await finished(trainArgs(data, out, ...long, "--resume"));
        assertStringIncludes(resumed.stderr, `Resuming after step ${steps}, from ${path}`);
        await finished(trainArgs(data, `${folder}/whole`, ...long));
        const { resumedAfter, ...outcome } = await outcomeOf(out);
        assertEquals(resumedAfter, [steps]);
        const { resumedAfter: none, ...whole } = await outcomeOf(`${folder}/whole`);
        assertEquals([outcome, none], [whole, undefined]);
      }),
  });
}

/** A run of 20 steps with checkpoints after 6, 12 and 18, of which two stay. */
async function shortRun(folder: string, ...more: string[]): Promise<[string[], string]> {
  const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
  const out = `${folder}/run`;
  const args = trainArgs(data, out, "--steps", "20", "--checkpoint-every", "6", ...more);
  await finished(args);
  return [args, out];
}

Deno.test("train --keep leaves the newest checkpoints, and a broken one gives way to the one before", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const [older, newer] = ["step-00000012.safetensors", "step-00000018.safetensors"];
    assertEquals(checkpointsOf(out), [older, newer]);
    const before = await outcomeOf(out);
    const path = `${out}/checkpoints/${newer}`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 9] ^= 1;
    await Deno.writeFile(path, bytes);
    const { stderr } = await finished([...args, "--resume", "--keep", "1"]);
    assertStringIncludes(stderr, `Cannot read the checkpoint ${path}: the file has changed since`);
    assertStringIncludes(stderr, "Resuming after step 12");
    assertEquals(checkpointsOf(out), [newer, `${newer}.broken`]);
    const { resumedAfter, ...after } = await outcomeOf(out);
    assertEquals([after.sae, after.history, resumedAfter], [before.sae, before.history, [12]]);
    for (const name of checkpointsOf(out)) {
      await Deno.writeTextFile(`${out}/checkpoints/${name}`, "{}");
    }
    const refused = await runCli([...args, "--resume"]);
    assertEquals(refused.code, 1);
    assertStringIncludes(
      refused.stderr,
      `Cannot resume the run in ${out}: none of its checkpoints`,
    );
    // Perhaps they are only of a later version.
    assertEquals(checkpointsOf(out), [newer, `${newer}.broken`]);
  }));

Deno.test("train --resume takes a file or a folder, and writes elsewhere if --out says so", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const before = await outcomeOf(out);
    const other = `${folder}/other`;
    for (const source of [out, `${out}/checkpoints/step-00000012.safetensors`]) {
      await finished([...args, "--out", other, "--force", "--resume", source]);
      const { resumedAfter: _, ...after } = await outcomeOf(other);
      assertEquals(after, { sae: before.sae, history: before.history }, source);
    }
    assertEquals(checkpointsOf(out).length, 2);
  }));

Deno.test("train --resume goes on bit for bit on halves, which stay halves", () =>
  inFolder(async (folder) => {
    const data = [
      await writeSafetensors(`${folder}/a.safetensors`, 200, 1),
      await writeSafetensors(`${folder}/b.safetensors`, 150, 2),
    ];
    const out = `${folder}/run`, other = `${folder}/other`;
    const args = trainArgs(
      data,
      out,
      "--steps",
      "20",
      "--checkpoint-every",
      "6",
      "--backend",
      "wasm",
    );
    await finished(args);
    const path = `${out}/checkpoints/step-00000012.safetensors`;
    {
      await using file = await openFile(path);
      const { trainer, shuffle } = await readCheckpoint(file);
      assertEquals([trainer.step, shuffle!.options.dtype], [12, "F16"]);
    }
    await finished([...args, "--out", other, "--resume", path]);
    const { resumedAfter, ...after } = await outcomeOf(other);
    const { sae, history } = await outcomeOf(out);
    assertEquals([after, resumedAfter], [{ sae, history }, [12]]);
    // The same rows in a file of float32 are other data.
    const floats = await writeNpy(`${folder}/c.npy`, 200, 1);
    const { code, stderr } = await runCli(
      [...args, "--data", floats, data[1], "--out", other, "--force", "--resume", path],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'dtype is "F32" but "F16" in the state');
  }));

Deno.test("train takes a checkpoint for one of --out only if it lies in it, and clears nothing before all is right", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const before = names(`${out}/checkpoints`);
    const elsewhere = `${out}/checkpoints-of-before`;
    await Deno.mkdir(elsewhere);
    const path = `${elsewhere}/step-00000012.safetensors`;
    await Deno.copyFile(`${out}/checkpoints/step-00000012.safetensors`, path);
    const refused = await runHere([...args, "--resume", path]);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, `Cannot write a run to ${out}: it holds sae.safetensors`);
    for (const more of [["--latents", "30"], ["--shuffle-rows", "7"]]) {
      const { code } = await runHere([...args, "--resume", path, "--force", ...more]);
      assertEquals(code, 1);
      assertEquals(names(`${out}/checkpoints`), before, `${more}`);
      const fresh = [...args, "--resume", path, "--out", `${folder}/fresh`, ...more];
      assertEquals((await runHere(fresh)).code, 1);
      assertEquals(names(folder), ["a.npy", "run"]);
    }
  }));

Deno.test("train refuses to start over checkpoints unless told to, and --force leaves none of the old", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    for (const name of ["run.json", "sae.safetensors"]) await Deno.remove(`${out}/${name}`);
    await Deno.writeTextFile(`${out}/checkpoints/step-00000018.safetensors.01234567.tmp`, "half");
    const refused = await runCli(args);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, `Cannot write a run to ${out}: it holds checkpoints`);
    assertEquals(temporaries(out), []);
    await finished([...args, "--force", "--steps", "7"]);
    assertEquals(checkpointsOf(out), ["step-00000006.safetensors"]);
    const { stderr, code } = await runCli([...args, "--resume", `${folder}/nowhere`]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      `Cannot resume the run in ${folder}/nowhere: it holds no checkpoint`,
    );
  }));

Deno.test("train --resume names a checkpoint whose record is not that of a run", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const path = `${out}/checkpoints/step-00000018.safetensors`;
    const bytes = await Deno.readFile(path);
    const spoil = [
      (record: Record<string, unknown>) => record.history = [null],
      (record: Record<string, unknown>) => record.history = [{ step: 1, loss: 1, l0: 1 }],
      (record: Record<string, unknown>) => record.resumedAfter = ["x"],
      (record: Record<string, unknown>) => delete record.seconds,
    ];
    for (const change of spoil) {
      const changed = resealed(bytes, ({ __metadata__: metadata }) => {
        const record = JSON.parse(metadata!.record);
        change(record);
        metadata!.record = JSON.stringify(record);
      });
      await Deno.writeFile(path, changed);
      const { code, stderr } = await runHere([...args, "--resume"]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, `Cannot resume ${path}: its record is not the record of a run`);
    }
  }));

Deno.test({
  name:
    "train that is stopped where no checkpoint can be written saves the autoencoder all the same",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 900, 1)], out = `${folder}/run`;
      await Deno.mkdir(out);
      await Deno.symlink(`${folder}/nowhere`, `${out}/checkpoints`);
      const child = spawnCli(trainArgs(data, out, "--steps", "100000"));
      const stdout = child.stdout.cancel();
      let stderr = "", sent = false;
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += text;
        if (sent || !stderr.includes("step ")) continue;
        sent = true;
        child.kill("SIGINT");
      }
      await stdout;
      assertEquals((await child.status).code, 1, stderr);
      assertStringIncludes(stderr, `Cannot make the folder ${out}/checkpoints: `);
      const { steps, stoppedEarly } = await readJson(`${out}/run.json`);
      assertEquals([steps > 0, stoppedEarly], [true, "interrupted"]);
      assertGreater((await outcomeOf(out)).sae.length, 0);
    }),
});

Deno.test("train --resume names the option, the rows or the file that is another than before", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const other = await writeNpy(`${folder}/b.npy`, 300, 2);
    const before = checkpointsOf(out);
    const cases: [string[], string][] = [
      [["--learning-rate", "0.02"], "learningRate is 0.02 but 0.01 in the state"],
      [["--latents", "30"], "latentCount is 30 but 24 in the state"],
      [["--penalty", "l1"], 'penalty is "l1" but "log" in the state'],
      [["--batch", "32"], "batchRows is 32 but 64 in the state"],
      [["--shuffle-rows", "100"], "bufferRows is 100 but 300 in the state"],
      [["--rows", "1:"], "rows is [1,300] but [0,300] in the state"],
      [["--data", other], 'file 2 is "300 rows, F32, 24128 bytes, checksum '],
    ];
    const results = cases.map(([more]) => runCli([...args, ...more, "--resume"]));
    for (const [i, { code, stderr }] of (await Promise.all(results)).entries()) {
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, cases[i][1]);
    }
    await Deno.copyFile(other, `${folder}/a.npy`);
    const { code, stderr } = await runCli([...args, "--resume"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'file 1 is "300 rows, F32, 24128 bytes, checksum ');
    assertEquals(checkpointsOf(out), before);
  }));

Deno.test({
  name: "train on a full disk keeps the checkpoints that it has, says so and goes on",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
      const out = `${folder}/run`;
      // Blocks of 512 bytes: enough for the autoencoder of 24 latents, not for its moments.
      const args = trainArgs(data, out, "--steps", "9", "--checkpoint-every", "3");
      await finished(args);
      const expected = await outcomeOf(out);
      // A checkpoint of step 3 of this run, and then no room for another.
      await Deno.remove(`${out}/checkpoints/step-00000006.safetensors`);
      const path = `${out}/checkpoints/step-00000003.safetensors`;
      const good = await Deno.readFile(path);
      const limited = new Deno.Command("sh", {
        args: [
          ...["-c", `trap '' XFSZ; ulimit -f 24; exec "$0" "$@"`, Deno.execPath()],
          ...["run", "-A", "--no-code-cache", "cli/main.ts", ...args, "--resume"],
        ],
        cwd: new URL("../../", import.meta.url),
        env: { NO_COLOR: "1" },
        stdin: "null",
      });
      const { code, stderr } = await limited.output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(code, 0, text);
      assertStringIncludes(text, `Cannot write ${out}/checkpoints/step-00000006.safetensors: `);
      assertStringIncludes(text, "Training goes on; earlier checkpoints are as they were.");
      assertEquals(checkpointsOf(out), ["step-00000003.safetensors"]);
      assertEquals(await Deno.readFile(path), good);
      assertEquals((await outcomeOf(out)).sae, expected.sae);
    }),
});
