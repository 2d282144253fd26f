/**
 * Compares the steps of training recipes with the steps without their parts, in turns in one process: top-k with AuxK at
 * 5 % dead latents, and jumprelu whose thresholds are trained beside relu with as many active latents.
 *
 *     deno task bench:recipes:costs
 *     deno task bench:recipes:costs --tier simd --rounds 30
 *
 * At (B 1024, d 512, N 8192, k 32) on WASM, one thread. Before any time is taken, a few small steps of each must agree
 * with those of the float64 backend, and the recipes must have as many dead or active latents as they are said to have.
 */
import { parseArgs } from "node:util";
import { loadavg } from "node:os";
import { type Backend, createBackend, Random, Trainer, type TrainerOptions } from "../../mod.ts";
import { median } from "../harness/statistics.ts";
import { takeRounds } from "../screening/rounds.ts";

interface Sizes {
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly k: number;
}
type Recipe = Partial<TrainerOptions>;

const TIMED: Sizes = { B: 1024, d: 512, N: 8192, k: 32 };
const GATED: Sizes = { B: 96, d: 64, N: 400, k: 16 };
const GATED_STEPS = 3;
/** Rounding of float32 over the longest sum, of which few add up: as in the tests of recorded runs. */
const TOLERANCE = 1e-5;
/** Every twentieth latent is dead. */
const DEAD = 20;
/** Dead latents have rows so short that they never enter the top k. */
const SHORT = 0.3;
const DEAD_AFTER = 100;
/** Rows of the encoder have norm 1, so that about 0.5 % of normal pre-activations exceed it. */
const THRESHOLD = 2.6;
/** The most by which L0 of relu and jumprelu may differ. */
const SAME_L0 = 0.02;

const { values } = parseArgs({
  options: {
    tier: { type: "string", default: "relaxed,simd" },
    rounds: { type: "string", default: "20" },
  },
});
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 3) {
  console.error(`Cannot time steps: --rounds must be 3 or more but is ${values.rounds}`);
  Deno.exit(2);
}

/** The pairs, first the steps without. */
function pairs({ k }: Sizes): Record<string, readonly [Recipe, Recipe]> {
  const topk: Recipe = { activation: { kind: "topk", k } };
  return {
    AuxK: [topk, { ...topk, auxiliary: { weight: 1 / 32 }, deadAfter: DEAD_AFTER }],
    JumpReLU: [
      { activation: { kind: "relu" }, penalty: { kind: "l1", coefficient: 0 } },
      {
        activation: { kind: "jumprelu", threshold: THRESHOLD },
        thresholdTraining: { bandwidth: 0.05 },
        penalty: { kind: "l0", coefficient: 0.001 },
      },
    ],
  };
}

function normal(count: number, seed: number): Float32Array<ArrayBuffer> {
  const random = Random.fromSeed(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Makes a trainer with dead latents if it uses top-k, and with the threshold as a bias if it uses relu. */
async function trainerOf(
  backend: Backend,
  { d, N }: Sizes,
  recipe: Recipe,
  learningRate: number,
): Promise<Trainer> {
  const options: TrainerOptions = {
    inputSize: d,
    latentCount: N,
    steps: 1000,
    learningRate,
    prefixCount: 1,
    inputScaling: "none",
    algorithm: "sparse",
    inferenceThreshold: false,
    ...recipe,
  };
  const fresh = await Trainer.create(backend, options);
  const state = await fresh.state();
  fresh[Symbol.dispose]();
  const { encoder, encoderBias, silentSteps } = state.tensors;
  const kind = recipe.activation?.kind;
  for (let i = 0; i < N; i++) {
    if (kind === "relu") encoderBias[i] = -THRESHOLD;
    if (kind !== "topk" || i % DEAD > 0) continue;
    for (let n = i * d; n < (i + 1) * d; n++) encoder[n] *= SHORT;
    silentSteps[i] = 10 * DEAD_AFTER;
  }
  return await Trainer.resume(backend, options, state);
}

/** Throws unless small steps agree with those of the float64 backend. */
async function gate(backend: Backend, name: string, recipe: Recipe): Promise<void> {
  using reference = await createBackend("reference");
  const of = async (on: Backend) => {
    using trainer = await trainerOf(on, GATED, recipe, 1e-3);
    const losses: number[] = [];
    for (let step = 0; step < GATED_STEPS; step++) {
      await trainer.step(normal(GATED.B * GATED.d, step));
      const { loss, auxiliaryLoss = 0 } = await trainer.metrics();
      losses.push(loss, auxiliaryLoss);
    }
    return losses;
  };
  const [found, expected] = [await of(backend), await of(reference)];
  for (const [n, value] of found.entries()) {
    if (Math.abs(value - expected[n]) <= TOLERANCE * Math.abs(expected[n])) continue;
    throw new Error(`Cannot time ${name}: its losses are ${found} but must be ${expected}`);
  }
}

/** Times a pair, and prints its line. */
async function compare(backend: Backend, name: string): Promise<void> {
  for (const recipe of pairs(GATED)[name]) await gate(backend, name, recipe);
  const recipes = pairs(TIMED)[name];
  const batch = normal(TIMED.B * TIMED.d, 7);
  using without = await trainerOf(backend, TIMED, recipes[0], 0);
  using trainer = await trainerOf(backend, TIMED, recipes[1], 0);
  const run = (each: Trainer) => async () => {
    await each.step(batch);
    await backend.idle();
  };
  const effort = { warmups: 3, samples: rounds, seconds: Infinity };
  const times = await takeRounds({ without: run(without), recipe: run(trainer) }, effort);
  const [plain, metrics] = [await without.metrics(), await trainer.metrics()];
  const dead = Math.ceil(TIMED.N / DEAD);
  if (name === "AuxK" && !(metrics.deadLatents === dead && metrics.auxiliaryLoss! > 0)) {
    throw new Error(`Cannot compare steps: ${metrics.deadLatents} latents are dead, not ${dead}`);
  }
  if (Math.abs(metrics.l0 / plain.l0 - 1) > SAME_L0) {
    throw new Error(`Cannot compare steps: their L0 is ${plain.l0} and ${metrics.l0}`);
  }
  const both = (statistic: (values: number[]) => number) => {
    const [a, b] = [times.map((t) => t.without), times.map((t) => t.recipe)].map(statistic);
    return `${a.toFixed(0)} → ${b.toFixed(0)} ms (${(b / a).toFixed(2)})`;
  };
  const least = both((all) => Math.min(...all));
  console.log(
    `${name.padEnd(10)}median ${both(median)}   least ${least}   L0 ${plain.l0.toFixed(1)}`,
  );
}

for (const tier of values.tier.split(",")) {
  if (tier !== "relaxed" && tier !== "simd" && tier !== "scalar") {
    console.error(`Cannot time steps: --tier must be relaxed, simd or scalar but is ${tier}`);
    Deno.exit(2);
  }
  using backend = await createBackend("wasm", { tier });
  console.log(`${backend.description}; load ${loadavg()[0].toFixed(1)}`);
  for (const name of Object.keys(pairs(TIMED))) await compare(backend, name);
}
