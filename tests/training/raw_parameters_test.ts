/** What a recipe trained computes the same outside of its trainer. */
import { assert, assertAlmostEquals } from "@std/assert";
import {
  type Activation,
  createBackend,
  evaluate,
  presetNames,
  presetOptions,
  Random,
  Trainer,
} from "../../mod.ts";
import { normalizeRows } from "../../src/model/row_normalization.ts";

const SIZES = { inputSize: 12, latentCount: 32, steps: 30, rows: 64, targetL0: 4 };

function batchesOf(seed: number) {
  const random = Random.fromSeed(seed);
  const { rows, inputSize } = SIZES;
  // Neither centred nor of the norm that recipes expect.
  return () => Float32Array.from({ length: rows * inputSize }, () => 3 * random.normal() + 1);
}

async function* once<T>(item: T): AsyncGenerator<T, void, void> {
  yield item;
}

for (const name of presetNames) {
  for (const inputScaling of ["corrected", "none"] as const) {
    const title =
      `rawParameters() of ${name} with input scaling "${inputScaling}" reconstruct as the trainer does`;
    Deno.test(title, async () => {
      using backend = await createBackend("reference");
      const preset = presetOptions(name, SIZES);
      const { inputNormalization, subtractDecoderBias } = preset;
      if (inputNormalization && inputScaling !== "none") return;
      const options = { ...preset, inputScaling, learningRate: 0.02, warmupSteps: 0 };
      using trainer = await Trainer.create(backend, options);
      const next = batchesOf(1);
      for (let s = 0; s < 20; s++) await trainer.step(next());
      const batch = next();
      const prefixes = [8, 32];
      const expected = await trainer.evaluatePrefixes(batch, prefixes);
      const threshold = await trainer.threshold();
      const activation: Activation = threshold
        ? { kind: "jumprelu", threshold }
        : options.activation as Exclude<typeof options.activation, { kind: "jumprelu" }> ??
          { kind: "relu" };
      // The trainer measures normalized rows as normalized.
      const into = Float64Array.from(batch);
      if (inputNormalization) {
        normalizeRows(batch, SIZES.inputSize, inputNormalization, "test", into);
      }
      const rows = Float32Array.from(into);
      const { perPrefix } = await evaluate(backend, await trainer.rawParameters(), once(rows), {
        prefixes,
        activation,
        subtractDecoderBias,
      });
      perPrefix.forEach(({ fvu, l0 }, j) => {
        assert(l0 > 0 && l0 <= prefixes[j]);
        // Parameters come in float32, a part in 2²⁴, through two sums of at most 32 terms.
        assertAlmostEquals(fvu, expected[j].fvu, 1e-4 * expected[j].fvu);
      });
    });
  }
}
