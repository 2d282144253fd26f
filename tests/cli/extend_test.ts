/** Finished runs that `train --resume` extends by more steps. */
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { readSae } from "../../cli/files/sae_files.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { checkpointsOf, outcomeOf, readJson } from "./training_runs.ts";

/** Arguments of a run of 20 steps with a checkpoint after the last one. */
async function finishedRun(folder: string, targetL0 = true): Promise<string[]> {
  const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
  const often = ["--steps", "20", "--checkpoint-every", "8", "--keep", "9", "--no-report"];
  const args = trainArgs(data, `${folder}/run`, ...often);
  if (!targetL0) args.splice(args.indexOf("--target-l0"), 2);
  const { code, stderr } = await runHere(args);
  assertEquals(code, 0, stderr);
  return args;
}

Deno.test("train --resume with more --steps goes on from the last step, with the learning rate of the longer run", () =>
  inFolder(async (folder) => {
    const args = await finishedRun(folder);
    const out = `${folder}/run`;
    const before = await outcomeOf(out);
    assertEquals(checkpointsOf(out).at(-1), "step-00000020.safetensors");
    const { code, stderr } = await runHere([...args, "--resume", "--steps", "40"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      "Extending the run from 20 to 40 steps: from step 21 on, the learning rate follows the schedule " +
        "of 40 steps, at its peak until step 32, then falling to a tenth",
    );
    const { history, resumedAfter } = await outcomeOf(out);
    assertEquals(resumedAfter, [20]);
    assertEquals(history.slice(0, 20), before.history);
    const rateOf = (step: number) => history.find((each) => each.step === step)!.learningRate;
    assertAlmostEquals(rateOf(20), 0.01 * (1 - 0.9 * 3 / 4.01), 1e-8);
    for (const step of [21, 32]) assertAlmostEquals(rateOf(step), 0.01, 1e-8);
    assertAlmostEquals(rateOf(40), 0.01 * (1 - 0.9 * 7 / 8.01), 1e-8);
    assertEquals((await readJson(`${out}/run.json`)).steps, 40);
  }));

Deno.test("an extended run gives the same bits whether it is done at once or stopped between", () =>
  inFolder(async (folder) => {
    const args = await finishedRun(folder);
    const longer = ["--steps", "40", "--out", `${folder}/whole`, "--resume", `${folder}/run`];
    assertEquals((await runHere([...args, ...longer])).code, 0);
    // The checkpoint after step 32 is one that a run stopped there would have left.
    const from = `${folder}/whole/checkpoints/step-00000032.safetensors`;
    const rest = ["--steps", "40", "--out", `${folder}/rest`, "--resume", from];
    const { code, stderr } = await runHere([...args, ...rest]);
    assertEquals(code, 0, stderr);
    assertEquals(stderr.includes("Extending"), false);
    const whole = await outcomeOf(`${folder}/whole`);
    const { resumedAfter, ...outcome } = await outcomeOf(`${folder}/rest`);
    assertEquals(outcome, { sae: whole.sae, history: whole.history });
    assertEquals(resumedAfter, [20, 32]);
  }));

Deno.test("a longer run from a checkpoint before the learning rate falls has the longer run's weights and losses", () =>
  inFolder(async (folder) => {
    // Without a target for L0, so that only warm-ups could depend on the number of steps.
    const args = await finishedRun(folder, false);
    const from = `${folder}/run/checkpoints/step-00000016.safetensors`;
    const longer = ["--steps", "22", "--out", `${folder}/longer`, "--resume", from];
    assertEquals((await runHere([...args, ...longer])).code, 0);
    const whole = ["--steps", "22", "--out", `${folder}/whole`];
    assertEquals((await runHere([...args, ...whole])).code, 0);
    // Both warm up over 2 steps, a tenth of the run, and λ over 4, a fifth.
    const losses = async (name: string): Promise<number[]> =>
      (await outcomeOf(`${folder}/${name}`)).history.map(({ loss }) => loss);
    assertEquals(await losses("longer"), await losses("whole"));
    const weights = async (name: string) => (await readSae(`${folder}/${name}`)).sae.parameters;
    assertEquals(await weights("longer"), await weights("whole"));
  }));

Deno.test("train --resume of a finished run writes the same autoencoder again and says that it is finished", () =>
  inFolder(async (folder) => {
    const args = await finishedRun(folder);
    const before = await outcomeOf(`${folder}/run`);
    const { code, stderr } = await runHere([...args, "--resume"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "The run has taken its 20 steps; more --steps extend it");
    const { resumedAfter: _, ...after } = await outcomeOf(`${folder}/run`);
    assertEquals(after, { sae: before.sae, history: before.history });
  }));
