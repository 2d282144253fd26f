/** Sweeps that are interrupted, killed or damaged, and resumed: all runs end as without the interruption. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { trials } from "../matrix.ts";
import { Random } from "../../mod.ts";
import { inFolder, names, spawnCli, writeNpy, writeSafetensors } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { autoencodersOf, NAMES, sweepArgs } from "./sweep_runs.ts";
import { checkpointsOf, finished, readJson, stopAfterFirstStep } from "./training_runs.ts";

const onWindows = Deno.build.os === "windows";

async function dataOf(folder: string): Promise<string[]> {
  return [
    await writeNpy(`${folder}/a.npy`, 500, 1),
    await writeSafetensors(`${folder}/b.safetensors`, 300, 2),
  ];
}

async function assertSameRuns(found: string, expected: string): Promise<void> {
  assertEquals(await autoencodersOf(found), await autoencodersOf(expected));
  for (const name of NAMES) {
    const [one, other] = await Promise.all(
      [found, expected].map((out) => readJson(`${out}/${name}/run.json`)),
    );
    assertEquals([one.history, one.steps], [other.history, other.steps]);
  }
  assertEquals(names(found).filter((name) => name.endsWith(".tmp")), []);
}

Deno.test({
  name: "a sweep that is stopped saves all runs, and resumes to the same bytes",
  ignore: onWindows,
  fn: () =>
    inFolder(async (folder) => {
      const data = await dataOf(folder);
      const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
      const long = ["--steps", "300", "--permute-every", "7"];
      await finished(sweepArgs(data, whole, ...long));
      const args = sweepArgs(data, out, ...long);
      const { code, stderr } = await stopAfterFirstStep(args, "SIGINT");
      assertEquals(code, 130, stderr);
      assertStringIncludes(stderr, `The same command with --resume continues the runs in ${out}`);
      assertEquals(names(out), [...NAMES, "sweep.json"]);
      const steps = await Promise.all(
        NAMES.map(async (name) => (await readJson(`${out}/${name}/run.json`)).steps),
      );
      assertEquals(steps, NAMES.map(() => steps[0]));
      for (const name of NAMES) assertEquals(checkpointsOf(`${out}/${name}`).length, 1);
      await finished([...args, "--resume"]);
      await assertSameRuns(out, whole);
    }),
});

/** Starts a sweep and kills it some time after its first step; returns whether it was still running. */
async function kill(args: string[], milliseconds: number): Promise<boolean> {
  const child = spawnCli(args);
  const stdout = child.stdout.cancel();
  let stderr = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const strike = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // The sweep has ended by itself.
    }
  };
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (timer === undefined && /step \d/.test(stderr)) timer = setTimeout(strike, milliseconds);
  }
  const { signal, code } = await child.status;
  clearTimeout(timer);
  await stdout;
  assert(signal === "SIGKILL" || code === 0, stderr);
  return signal === "SIGKILL";
}

const KILLS = trials(12);

Deno.test({
  name: `a sweep killed ${KILLS} times at random instants resumes to the same bytes`,
  ignore: onWindows,
  fn: () =>
    inFolder(async (folder) => {
      const data = await dataOf(folder);
      const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
      const often = [
        "--steps",
        "60",
        "--checkpoint-every",
        "1",
        "--latents",
        "24,400",
        "--backend",
        "wasm",
      ];
      const names = ["default-24-l0-1", "default-24-l0-2", "default-400-l0-1", "default-400-l0-2"];
      await finished(sweepArgs(data, whole, ...often));
      const args = sweepArgs(data, out, ...often);
      const random = Random.fromSeed(Number(Deno.env.get("KILL_SEED") ?? 20261128));
      let isBegun = false;
      for (let kills = 0; kills < KILLS; kills++) {
        await kill(isBegun ? [...args, "--resume"] : args, 300 * random.uniform());
        isBegun = names.some((name) => checkpointsOf(`${out}/${name}`).length > 0);
        if (!isBegun) await Deno.remove(out, { recursive: true });
      }
      await finished(isBegun ? [...args, "--resume"] : args);
      assertEquals(await autoencodersOf(out, names), await autoencodersOf(whole, names));
    }),
});

Deno.test("runs whose newest checkpoints differ in step resume to the same bytes", () =>
  inFolder(async (folder) => {
    const data = await dataOf(folder);
    const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
    const often = ["--checkpoint-every", "10", "--keep", "9"];
    assertEquals((await runHere(sweepArgs(data, whole, ...often))).code, 0);
    assertEquals((await runHere(sweepArgs(data, out, ...often))).code, 0);
    // As after kills while checkpoints were written: one run is complete, one at step 10, and one at the start.
    const checkpoint = (run: number, step: number) =>
      `${out}/${NAMES[run]}/checkpoints/step-000000${step}.safetensors`;
    for (const step of [20, 30]) await Deno.remove(checkpoint(1, step));
    await Deno.truncate(checkpoint(1, 40), 1000);
    await Deno.remove(`${out}/${NAMES[2]}/checkpoints`, { recursive: true });
    await Deno.remove(checkpoint(3, 40));
    const { code, stderr } = await runHere([...sweepArgs(data, out, ...often), "--resume"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "step-00000040.safetensors.broken");
    for (const step of [40, 10, 30]) assertStringIncludes(stderr, `Resuming after step ${step}, `);
    assertStringIncludes(stderr, `Run ${NAMES[2]} begins with step 1`);
    await assertSameRuns(out, whole);
  }));

Deno.test("without any checkpoint there is nothing to resume", () =>
  inFolder(async (folder) => {
    const data = await dataOf(folder);
    const args = sweepArgs(data, `${folder}/sweep`);
    assertEquals((await runHere(args)).code, 0);
    const { code, stderr } = await runHere([...args, "--resume"]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "none of its runs has a checkpoint; --checkpoint-every saves them",
    );
  }));

Deno.test({
  name: "a sweep that is stopped while one run is ahead of the others resumes to the same bytes",
  ignore: onWindows,
  fn: () =>
    inFolder(async (folder) => {
      const data = await dataOf(folder);
      const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
      const long = ["--steps", "120", "--backend", "wasm"];
      assertEquals((await runHere(sweepArgs(data, whole, ...long))).code, 0);
      const often = ["--checkpoint-every", "110"];
      assertEquals((await runHere(sweepArgs(data, out, ...long, ...often))).code, 0);
      await Deno.remove(`${out}/${NAMES[0]}/checkpoints/step-00000120.safetensors`);
      for (const name of NAMES.slice(1)) await Deno.remove(`${out}/${name}`, { recursive: true });
      const args = [...sweepArgs(data, out, ...long, ...often), "--resume"];
      const { code, stderr } = await stopAfterFirstStep(args, "SIGINT");
      assertEquals(code, 130, stderr);
      assertStringIncludes(stderr, `Run ${NAMES[0]} stays as it is, after step 110`);
      assertEquals(checkpointsOf(`${out}/${NAMES[0]}`), ["step-00000110.safetensors"]);
      await finished(args);
      await assertSameRuns(out, whole);
    }),
});
