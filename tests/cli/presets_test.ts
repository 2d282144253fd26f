import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { presets } from "../../mod.ts";
import { inFolder, runCli, writeNpy } from "./run_cli.ts";

/** Trains for three steps on the reference backend and returns the recorded options of the trainer. */
async function trained(folder: string, ...more: string[]): Promise<Record<string, unknown>> {
  const data = await writeNpy(`${folder}/a.npy`, 100, 1);
  const { code, stdout, stderr } = await runCli([
    ...["train", "--data", data, "--latents", "32", "--steps", "3", "--batch", "32"],
    ...["--backend", "reference", "--out", `${folder}/run`, "--force", "--json", ...more],
  ]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout).options.trainer;
}

Deno.test("train --preset list prints every preset with its source, and needs nothing else", async () => {
  const { code, stdout, stderr } = await runCli(["train", "--preset", "list"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { name, source } of presets) {
    assertStringIncludes(stdout, `${name}: `);
    assertStringIncludes(stdout, source.repository);
  }
});

Deno.test("train --preset takes activation, prefixes and auxiliary loss from the table", () =>
  inFolder(async (folder) => {
    const options = await trained(folder, "--preset", "dictionaryMatryoshkaBatchTopK", "--k", "4");
    assertEquals(options.activation, { kind: "batchtopk", k: 4 });
    assertEquals(options.prefixes, [2, 4, 8, 16, 32]);
    assertEquals(options.auxiliary, { weight: 1 / 32, latents: 10 });
    assertEquals(options.unitDecoder, "afterUpdate");
    assertEquals(options.compatibility, undefined);
  }));

Deno.test("any option overrides the preset's", () =>
  inFolder(async (folder) => {
    const preset = ["--preset", "saelensMatryoshkaBatchTopK", "--k", "2.5", "--as-published"];
    const options = await trained(folder, ...preset, "--prefixes", "16,32", "--auxiliary", "0.5");
    assertEquals(options.activation, { kind: "batchtopk", k: 2.5 });
    assertEquals(options.prefixes, [16, 32]);
    assertEquals((options.auxiliary as { weight: number }).weight, 0.5);
    assert(options.compatibility !== undefined);

    const jump = ["--preset", "dictionaryTopK", "--activation", "jumprelu", "--bandwidth", "0.1"];
    const other = await trained(
      folder,
      ...jump,
      ...["--auxiliary", "0", "--decay-steps", "2", "--penalty", "targetL0", "--target-l0", "3"],
      ...["--unit-decoder", "never", "--input-scaling", "corrected", "--dead-after", "2"],
    );
    assertEquals(other.activation, { kind: "jumprelu" });
    assertEquals(other.thresholdTraining, { bandwidth: 0.1 });
    assertEquals(other.penalty, { kind: "targetL0", coefficient: 1, l0: 3 });
    assertEquals([other.targetL0, other.auxiliary, other.deadAfterRows], [
      undefined,
      undefined,
      undefined,
    ]);
    assertEquals([other.decaySteps, other.deadAfter, other.unitDecoder], [2, 2, "never"]);
    assertEquals(other.inputScaling, "corrected");
  }));

Deno.test("--target-l0 steers an l0 penalty, and is k where the largest are kept", () =>
  inFolder(async (folder) => {
    const steered = await trained(folder, "--preset", "saelensJumpReLU", "--target-l0", "3");
    assertEquals([steered.targetL0, steered.penalty], [3, { kind: "l0", coefficient: 1 }]);
    const topk = await trained(folder, "--preset", "openaiTopK", "--target-l0", "3");
    assertEquals([topk.targetL0, topk.activation], [undefined, { kind: "topk", k: 3 }]);
  }));

Deno.test("a run of a preset can be extended: its warm-up stays that of the first plan", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 200, 1);
    const train = (...more: string[]) =>
      runCli([
        ...["train", "--data", data, "--latents", "32", "--batch", "32", "--backend", "reference"],
        ...["--preset", "dictionaryMatryoshkaBatchTopK", "--k", "4", "--checkpoint-every", "10"],
        ...["--out", `${folder}/run`, ...more],
      ]);
    const first = await train("--steps", "10");
    assertEquals(first.code, 0, first.stderr);
    const further = await train("--steps", "30", "--resume");
    assertEquals(further.code, 0, further.stderr);
  }));

Deno.test("completions know the names of presets", async () => {
  const { stdout } = await runCli(["completions", "bash"]);
  for (const { name } of presets) assertStringIncludes(stdout, name);
});

Deno.test("without --preset, train follows the best recipe, unless an option describes another one", () =>
  inFolder(async (folder) => {
    const best = await trained(folder, "--k", "4");
    assertEquals(best.activation, { kind: "batchtopk", k: 4 });
    assertEquals(best.prefixes, [2, 4, 8, 16, 32]);
    assertEquals(best.auxiliary, { weight: 1 / 32 });
    assertEquals((await trained(folder, "--target-l0", "3")).activation, {
      kind: "batchtopk",
      k: 3,
    });
    assertEquals((await trained(folder)).activation, { kind: "batchtopk", k: 32 });
    const relu = ["--activation", "relu", "--target-l0", "3", "--prefixes", "4"];
    for (const described of [relu, ["--penalty", "log", "--prefixes", "4"]]) {
      const { activation, auxiliary, penalty, prefixCount } = await trained(folder, ...described);
      assertEquals([activation ?? { kind: "relu" }, auxiliary], [{ kind: "relu" }, undefined]);
      assertEquals([(penalty as { kind: string }).kind, prefixCount], ["log", 4]);
    }
  }));
