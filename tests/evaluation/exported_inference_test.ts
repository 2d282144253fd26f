/** Trained selections keep their function, and their L0, in the files of other libraries. */
import { assert, assertEquals, assertLess } from "@std/assert";
import {
  type Backend,
  createBackend,
  evaluate,
  jumpReluOf,
  loadSae,
  Random,
  type Sae,
  saveSae,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";

const d = 20;
const N = 24;
const BATCH = 256;
const STEPS = 1500;
/** More features than latents, so that activations have no gap for a threshold to fall into. */
const FEATURES = 40;
const random = Random.fromSeed(8);
const directions = Float32Array.from({ length: FEATURES * d }, () => random.normal());

/** Rows of a step: sums of about three features of any size, and some noise. */
function batchOf(step: number): Float32Array {
  const random = Random.fromSeed(1, step);
  const rows = Float32Array.from({ length: BATCH * d }, () => 0.05 * random.normal());
  for (let b = 0; b < BATCH; b++) {
    for (let f = 0; f < FEATURES; f++) {
      if (random.uniform() > 0.08) continue;
      const size = 0.5 + random.uniform();
      for (let k = 0; k < d; k++) rows[b * d + k] += size * directions[f * d + k];
    }
  }
  return rows;
}

/** Rows of the last steps of training. */
const batches = Array.from({ length: 20 }, (_, n) => batchOf(STEPS - 20 + n));

async function trained(
  backend: Backend,
  options: Partial<TrainerOptions>,
): Promise<{ sae: Sae; threshold: number | undefined }> {
  using trainer = await Trainer.create(backend, {
    inputSize: d,
    latentCount: N,
    steps: STEPS,
    prefixes: [6, 12, N],
    learningRate: 0.003,
    penalty: { kind: "none" },
    seed: 4,
    ...options,
  });
  for (let step = 0; step < STEPS; step++) await trainer.step(batchOf(step));
  const { activation } = options;
  const sae: Sae = {
    parameters: await trainer.rawParameters(),
    activation: activation?.kind === "batchtopk"
      ? activation
      : { kind: "jumprelu", threshold: (await trainer.threshold())! },
    subtractDecoderBias: false,
  };
  return { sae, threshold: await trainer.inferenceThreshold() };
}

async function measure(backend: Backend, { parameters, ...sae }: Sae) {
  async function* rows() {
    yield* batches;
  }
  const { activation, subtractDecoderBias } = sae;
  const options = { prefixes: [N], activation, subtractDecoderBias };
  const { l0, rows: count, perPrefix: [{ fvu }] } = await evaluate(
    backend,
    parameters,
    rows(),
    options,
  );
  return { l0, fvu, count };
}

/** Evaluates from the files of other libraries. */
async function checkExports(backend: Backend, sae: Sae): Promise<void> {
  const here = await measure(backend, sae);
  assert(here.fvu > 0 && here.fvu < 0.5, `FVU ${here.fvu}`);
  for (const format of ["saelens", "gemma_scope"] as const) {
    const same = await loadSae(saveSae(sae, format, { foldDecoderNorms: false }));
    assertEquals(await measure(backend, same), here);
  }
  // Folding rounds each weight and threshold once more, by 2⁻²⁴ of its size: sums of 20 products and 24 latents move
  // by less than 64 such steps, and an activation that is so close to its threshold is rarer than 1 in 5,120 · 24.
  const folded = await measure(backend, await loadSae(saveSae(sae, "saelens")));
  assertLess(Math.abs(folded.fvu - here.fvu), 64 * 2 ** -24);
  assertLess(Math.abs(folded.l0 - here.l0), 1.5 / here.count);
}

Deno.test("a batch top-k run gives the same FVU and L0 from exported files, and L0 within 2 % of k", async () => {
  using backend = await createBackend("wasm", { tier: "simd" });
  const { sae, threshold } = await trained(backend, { activation: { kind: "batchtopk", k: 3 } });
  const jump = jumpReluOf(sae, threshold!);
  const { l0 } = await measure(backend, jump);
  assertLess(Math.abs(l0 / 3 - 1), 0.02);
  await checkExports(backend, jump);
});

Deno.test("a jumprelu run gives the same FVU and L0 from exported files", async () => {
  using backend = await createBackend("wasm", { tier: "simd" });
  const { sae } = await trained(backend, {
    activation: { kind: "jumprelu", threshold: 0.05 },
    thresholdTraining: { bandwidth: 0.1 },
    penalty: { kind: "l0", coefficient: 0.01 },
  });
  assert(sae.activation.kind === "jumprelu" && new Set(sae.activation.threshold).size > 1);
  await checkExports(backend, sae);
});
