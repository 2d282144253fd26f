import { assert, assertEquals } from "@std/assert";
import {
  authorCode,
  createBackend,
  matryoshkaLoss,
  type SaeParameters,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { backends } from "../backends.ts";
import { relativeError } from "../golden/golden.ts";
import { randomProblem } from "../problems.ts";
import { ladderBatch, ladderOptions, normalBatches, train } from "./runs.ts";

const d = 4;
const N = 8;

/** The schedule of docs/mathematics.md: warm-up steps, S steps, the last `decay` of them falling to a tenth. */
function rateAt(s: number, rate: number, warmup: number, S: number, decay: number): number {
  if (s < warmup) return rate * s / warmup;
  if (s < (1 - decay) * S) return rate;
  return rate * (1 - 0.9 * Math.min(s - (1 - decay) * S, decay * S) / (decay * S + 0.01));
}

/** The learning rates that a run of this many steps reports. */
async function ratesOf(options: TrainerOptions, count: number): Promise<number[]> {
  using backend = await createBackend("reference");
  const batch = Float32Array.from({ length: 2 * options.inputSize }, (_, i) => i - 0.5);
  return (await train(backend, options, Array(count).fill(batch))).metrics.map((m) =>
    m.learningRate
  );
}

function assertClose(got: readonly number[], expected: readonly number[]): void {
  assertEquals(got.length, expected.length);
  got.forEach((value, s) =>
    assert(Math.abs(value - expected[s]) <= 1e-12 * expected[s], `step ${s}: ${value}`)
  );
}

Deno.test("authorCode() rises over 100 steps to 0.03, stays, and falls to a tenth over the last fifth", async () => {
  const [inputSize, latentCount, steps, targetL0, prefixCount] = [1, 2, 500, 1, 1];
  const options = authorCode({ inputSize, latentCount, steps, targetL0, prefixCount });
  const rates = await ratesOf(options, 510);
  assertClose(rates, rates.map((_, s) => rateAt(s, 0.03, 100, 500, 0.2)));
  for (const [s, expected] of [[0, 0], [50, 0.015], [100, 0.03], [399, 0.03], [400, 0.03]]) {
    assertEquals(rates[s], expected, `step ${s}`);
  }
  assert(rates[401] < 0.03);
  assert(Math.abs(rates[450] - 0.03 * 0.55) < 1e-5);
  for (const s of [500, 505, 509]) assert(Math.abs(rates[s] - 0.003) < 1e-5, `step ${s}`);
});

Deno.test("Trainer's schedule follows its options", async () => {
  const base = { inputSize: 1, latentCount: 2, steps: 50 };
  const defaults = await ratesOf(base, 50);
  assertClose(defaults, defaults.map((_, s) => rateAt(s, 0.003, 5, 50, 0.2)));
  const options = { learningRate: 0.2, warmupSteps: 10, decayFraction: 0.5 };
  const rates = await ratesOf({ ...base, ...options }, 50);
  assertClose(rates, rates.map((_, s) => rateAt(s, 0.2, 10, 50, 0.5)));
  const level = await ratesOf({ ...base, warmupSteps: 0, decayFraction: 0 }, 52);
  assertEquals(level, Array(52).fill(0.003));
});

/** Adam as published, with PyTorch's clipping by global norm, on plain arrays. */
class PlainAdam {
  readonly #moments = new Map<string, number[][]>();
  #t = 0;

  constructor(
    readonly beta1: number,
    readonly beta2: number,
    readonly epsilon: number,
    readonly clipNorm: number,
  ) {}

  step(values: Record<string, number[]>, gradients: SaeParameters, rate: number): void {
    this.#t++;
    const norm = normOf(gradients);
    const clip = Math.min(1, this.clipNorm / (norm + 1e-6));
    for (const name of PARAMETER_NAMES) {
      const theta = values[name];
      const [m, v] = this.#moments.get(name) ?? [theta.map(() => 0), theta.map(() => 0)];
      this.#moments.set(name, [m, v]);
      gradients[name].forEach((gradient, i) => {
        const g = clip * gradient;
        m[i] = this.beta1 * m[i] + (1 - this.beta1) * g;
        v[i] = this.beta2 * v[i] + (1 - this.beta2) * g ** 2;
        const mean = m[i] / (1 - this.beta1 ** this.#t);
        const square = v[i] / (1 - this.beta2 ** this.#t);
        theta[i] -= rate * mean / (Math.sqrt(square) + this.epsilon);
      });
    }
  }
}

function normOf(gradients: SaeParameters): number {
  return Math.hypot(...PARAMETER_NAMES.map((name) => Math.hypot(...gradients[name])));
}

const ADAMS = [
  { what: "its defaults", options: {}, beta1: 0.5, beta2: 0.9375, epsilon: 1e-8, clipNorm: 1 },
  {
    what: "a clipping norm that binds",
    options: { clipNorm: 0.05, adamEpsilon: 0.01 },
    beta1: 0.5,
    beta2: 0.9375,
    epsilon: 0.01,
    clipNorm: 0.05,
  },
  {
    what: "other decays and no clipping",
    options: { beta1: 0.9, beta2: 0.999, adamEpsilon: 1e-3, clipNorm: Infinity },
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-3,
    clipNorm: Infinity,
  },
];

for (const { name, create, lossTolerance } of backends) {
  for (const { what, options, beta1, beta2, epsilon, clipNorm } of ADAMS) {
    Deno.test(`Trainer's update is Adam with ${what} (${name})`, async () => {
      using backend = await create();
      const steps = 12;
      const learningRate = 0.02;
      const loss = { prefixReduction: "mean", squaredError: "sum" } as const;
      const prefixes = [3, N];
      const initial = randomProblem(1, d, N, 2).parameters;
      using trainer = await Trainer.create(backend, {
        ...options,
        penalty: { kind: "none" },
        inputSize: d,
        latentCount: N,
        steps,
        learningRate,
        warmupSteps: 3,
        inputScaling: "none",
        prefixes,
        initial,
      });
      const expected = Object.fromEntries(
        PARAMETER_NAMES.map((parameter) => [parameter, Array.from(initial[parameter])]),
      );
      const adam = new PlainAdam(beta1, beta2, epsilon, clipNorm);
      let s = 0;
      for (const batch of normalBatches(Array(steps).fill(7), d, 3)) {
        const parameters = await trainer.parameters();
        const { gradients } = await matryoshkaLoss(backend, parameters, batch, {
          ...loss,
          prefixes,
        });
        await trainer.step(batch);
        const { gradientNorm } = await trainer.metrics();
        assert(relativeError([gradientNorm], [normOf(gradients)]) < 4 * lossTolerance);
        adam.step(expected, gradients, rateAt(s++, learningRate, 3, steps, 0.2));
      }
      const final = await trainer.parameters();
      for (const parameter of PARAMETER_NAMES) {
        // A gradient's relative error is an update's: some 1e-6, more where g is small against √v.
        const difference = expected[parameter].map((value, i) =>
          Math.abs(value - final[parameter][i])
        );
        const worst = Math.max(...difference);
        assert(worst < 1e-3 * learningRate, `${parameter} is off by ${worst}`);
        const moved = expected[parameter].map((value, i) =>
          Math.abs(value - initial[parameter][i])
        );
        assert(Math.max(...moved) > 0.4 * learningRate, `${parameter} moved ${Math.max(...moved)}`);
      }
    });
  }
}

/** λ of each of `count` steps with seven active latents per row. */
async function sparsityScales(options: Partial<TrainerOptions>, count: number): Promise<number[]> {
  using backend = await createBackend("reference");
  const penalty = { kind: "l1", coefficient: 0.25 } as const;
  const given = ladderOptions({ penalty, steps: 20, ...options });
  const { metrics } = await train(backend, given, Array(count).fill(ladderBatch(7)));
  assertEquals(metrics.map((m) => m.l0), Array(count).fill(7));
  return metrics.map((m) => m.sparsityScale);
}

// W = ⌊0.2·20⌋ = 4: λ rises over steps 0 … 3 and is steered from step 5 on.
const WARM_UP = [0.0625, 0.125, 0.1875, 0.25, 0.25];

Deno.test("Trainer raises λ while L0 is above the target, after warming it up", async () => {
  // 20 steps: the rate 5/20 is above the bound.
  const steered = [1, 2, 3].map((n) => 0.25 * (1 + 0.05) ** n);
  assertClose(await sparsityScales({ targetL0: 6.5 }, 8), [...WARM_UP, ...steered]);
  // The author's code raises it at the target, too.
  assertClose(await sparsityScales({ targetL0: 7 }, 8), [...WARM_UP, ...steered]);
});

Deno.test("Trainer lowers λ while L0 is below the target, at the given rate", async () => {
  const steered = [1, 2, 3].map((n) => 0.25 * (1 - 0.01) ** n);
  const scales = await sparsityScales({ targetL0: 7.5, sparsityRate: 0.01 }, 8);
  assertClose(scales, [...WARM_UP, ...steered]);
});

Deno.test("Trainer without a target only warms λ up, over the given share of the steps", async () => {
  assertClose(await sparsityScales({}, 8), [...WARM_UP, 0.25, 0.25, 0.25]);
  const slow = await sparsityScales({ sparsityWarmup: 0.4 }, 9);
  assertClose(slow, [1, 2, 3, 4, 5, 6, 7, 8, 8].map((t) => 0.25 * t / 8));
  assertClose(await sparsityScales({ sparsityWarmup: 0 }, 3), [0.25, 0.25, 0.25]);
});

Deno.test("Trainer scales inputs to a mean norm of √d by a running mean, corrected or not", async () => {
  using backend = await createBackend("reference");
  const batches = normalBatches([6, 3, 8, 6], d, 4).map((batch, s) =>
    batch.map((x) => x * (s + 3))
  );
  for (const inputScaling of ["corrected", "uncorrected", "none"] as const) {
    const options = { inputSize: d, latentCount: N, steps: 10, inputScaling };
    using trainer = await Trainer.create(backend, options);
    let running = 0;
    for (const [s, batch] of batches.entries()) {
      const norms = Array.from(
        { length: batch.length / d },
        (_, b) => Math.hypot(...batch.subarray(b * d, (b + 1) * d)),
      );
      const mean = norms.reduce((a, b) => a + b) / norms.length;
      running = 0.99 * running + 0.01 * mean;
      await trainer.step(batch);
      const correction = inputScaling === "corrected" ? 1 - 0.99 ** (s + 1) : 1;
      const expected = inputScaling === "none" ? 1 : Math.sqrt(d) * correction / running;
      const scale = await trainer.inputScale();
      assert(relativeError([scale], [expected]) < 1e-9, `${inputScaling} ${s}: ${scale}`);
      if (s === 0 && inputScaling === "corrected") {
        assert(relativeError([scale * mean], [Math.sqrt(d)]) < 1e-9);
      }
    }
  }
});
