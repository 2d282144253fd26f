/** Runs that are stopped by a signal, or find no room for their checkpoints. */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import {
  checkpointsOf,
  finished,
  outcomeOf,
  readJson,
  stopAfterFirstStep,
} from "./training_runs.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name:
      `train stopped by ${signal} saves a checkpoint, from which --resume gives the same result as an uninterrupted run`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
        const out = `${folder}/run`;
        // Long enough to be stopped, and not at a step whose metrics would be read anyway.
        const long = ["--steps", "3000", "--batch", "32"];
        const { code, stderr } = await stopAfterFirstStep(trainArgs(data, out, ...long), signal);
        assertEquals(code, 130, stderr);
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

Deno.test({
  name: "a stopped run that cannot write its checkpoint still saves the autoencoder",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 900, 1)], out = `${folder}/run`;
      await Deno.mkdir(out);
      await Deno.symlink(`${folder}/nowhere`, `${out}/checkpoints`);
      const args = trainArgs(data, out, "--steps", "100000");
      const { code, stderr } = await stopAfterFirstStep(args, "SIGINT");
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, `Cannot make the folder ${out}/checkpoints: `);
      const { steps, stoppedEarly } = await readJson(`${out}/run.json`);
      assertEquals([steps > 0, stoppedEarly], [true, "interrupted"]);
      assertGreater((await outcomeOf(out)).sae.length, 0);
    }),
});

Deno.test({
  name: "on a full disk train keeps its earlier checkpoints, reports the error and goes on",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
      const out = `${folder}/run`;
      // Blocks of 512 bytes: enough for the record and the autoencoder of 24 latents, not for its moments.
      const args = trainArgs(data, out, "--steps", "9", "--checkpoint-every", "3", "--keep", "3");
      await finished(args);
      const expected = await outcomeOf(out);
      // A checkpoint of step 3 of this run, and then no room for another.
      for (const step of [6, 9]) {
        await Deno.remove(`${out}/checkpoints/step-0000000${step}.safetensors`);
      }
      const path = `${out}/checkpoints/step-00000003.safetensors`;
      const good = await Deno.readFile(path);
      const limited = new Deno.Command("sh", {
        args: [
          ...["-c", `trap '' XFSZ; ulimit -f 40; exec "$0" "$@"`, Deno.execPath()],
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

Deno.test({
  name: "a stopped run that was to replace a finished one leaves it in place until it is complete",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 900, 1)], out = `${folder}/run`;
      await finished(trainArgs(data, out, "--steps", "4", "--checkpoint-every", "2"));
      const good = await outcomeOf(out);
      const { code, stderr } = await stopAfterFirstStep(
        trainArgs(data, out, "--steps", "100000", "--force"),
        "SIGINT",
      );
      assertEquals(code, 130, stderr);
      assertStringIncludes(stderr, `The run in ${out} stays until this one is complete`);
      assertEquals(await outcomeOf(out), good);
      assertEquals(checkpointsOf(out).length, 1);
    }),
});
