/**
 * The gradients of `matryoshkaLoss` against central differences of its loss, in float64.
 *
 * Parameters are multiples of 2⁻¹⁰ and h is 2⁻¹³, so that θ ± h and θ ± 2h are exact in float32. Where
 * D(h) is the central difference, with the Taylor remainders
 *
 *     D(h) = L′ + h²/6·L‴ + O(h⁴)      so      D(2h) − D(h) = h²/2·L‴ + O(h⁴)
 *
 * and the truncation of D(h) is a third of D(2h) − D(h); two thirds are allowed, for the O(h⁴). Without
 * a penalty, L is a quadratic of each single parameter and the truncation is 0.
 */
import { assert } from "@std/assert";
import {
  type Activation,
  createBackend,
  type LossKind,
  type LossOptions,
  matryoshkaLoss,
  type Penalty,
} from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import {
  everyActivation,
  everyPenalty,
  everyScaling,
  preActivations,
  type Problem,
  randomProblem,
} from "../problems.ts";

const B = 3;
const d = 4;
const N = 7;
const PREFIXES = [2, 3, 7];
const WEIGHTS = [0.5, 2, 1.25];
const H = 2 ** -13;

/** How far every pre-activation is from where the active set, or the sign of f, would change. */
function distanceToKink(problem: Problem, activation: Activation, kind: LossKind): number {
  const pre = preActivations(problem, kind);
  const distances = pre.flat().map(Math.abs);
  if (activation.kind === "jumprelu") {
    distances.push(
      ...pre.flatMap((row) => row.map((value, i) => Math.abs(value - activation.threshold[i]))),
    );
  }
  if (activation.kind === "topk" || activation.kind === "batchtopk") {
    const groups = activation.kind === "topk" ? pre : [pre.flat()];
    const kept = activation.kind === "topk" ? activation.k : activation.k * B;
    for (const group of groups) {
      const sorted = group.toSorted((a, b) => b - a);
      distances.push(sorted[kept - 1] - sorted[kept]);
    }
  }
  return Math.min(...distances);
}

/** How far a change of one parameter by 2h can move the distance between two pre-activations. */
function reach({ parameters, batch }: Problem): number {
  const { encoder, decoderBias } = parameters;
  const seen = Array.from(batch, (x, i) => Math.abs(x) + Math.abs(decoderBias[i % d]));
  return 2 * 2 * H * Math.max(1, ...seen, ...encoder.map(Math.abs));
}

/** A problem without a kink within 2h of its parameters, and how many were passed over. */
function smoothProblem(activation: Activation, kind: LossKind, seed: number): [Problem, number] {
  for (let skipped = 0;; skipped++) {
    const problem = randomProblem(B, d, N, seed + 1000 * skipped);
    if (distanceToKink(problem, activation, kind) > reach(problem)) return [problem, skipped];
  }
}

async function assertGradients(
  problem: Problem,
  options: LossOptions,
  zeroRow?: number,
): Promise<void> {
  using backend = await createBackend("reference");
  const { parameters, batch } = problem;
  if (zeroRow !== undefined) parameters.decoder.fill(0, zeroRow * d, (zeroRow + 1) * d);
  const lossNow = async () => (await matryoshkaLoss(backend, parameters, batch, options)).loss;
  const dense = await matryoshkaLoss(backend, parameters, batch, {
    ...options,
    algorithm: "dense",
  });
  const sparse = await matryoshkaLoss(backend, parameters, batch, {
    ...options,
    algorithm: "sparse",
  });
  // Each loss sums some hundred terms, and a difference of two is divided by 2h.
  const rounding = 100 * Number.EPSILON * Math.max(1, Math.abs(dense.loss)) / H;
  for (const name of PARAMETER_NAMES) {
    const values = parameters[name];
    for (let i = 0; i < values.length; i++) {
      const at = values[i];
      const difference = async (h: number) => {
        values[i] = at + h;
        const above = await lossNow();
        values[i] = at - h;
        const below = await lossNow();
        values[i] = at;
        return (above - below) / (2 * h);
      };
      const numeric = await difference(H);
      const truncation = options.penalty?.kind === "none"
        ? 0
        : 2 / 3 * Math.abs(await difference(2 * H) - numeric);
      // Gradients are rounded to float32.
      const allowed = truncation + rounding + 2 ** -24 * Math.abs(numeric);
      const what = `∂${name}[${i}] for ${JSON.stringify(options)}`;
      assert(allowed < 1e-4 * Math.max(1, Math.abs(numeric)), `${what}: ±${allowed} says nothing`);
      for (const [algorithm, { gradients }] of [["dense", dense], ["sparse", sparse]] as const) {
        const error = Math.abs(gradients[name][i] - numeric);
        assert(
          error <= allowed,
          `${algorithm} ${what} is ${
            gradients[name][i]
          } but differences give ${numeric} ± ${allowed}`,
        );
      }
    }
  }
}

function named(penalty: Penalty): string {
  return penalty.kind + ("subtractLogEpsilon" in penalty ? " with subtractLogEpsilon" : "");
}

for (const activation of everyActivation(N, 2)) {
  for (const penalty of everyPenalty) {
    Deno.test(`matryoshkaLoss() has the gradients of its loss: ${activation.kind}, ${named(penalty)}`, async () => {
      let seed = 1;
      let skipped = 0;
      for (const kind of everyScaling(WEIGHTS)) {
        const [problem, passedOver] = smoothProblem(activation, kind, seed++);
        await assertGradients(problem, { ...kind, activation, penalty, prefixes: PREFIXES });
        skipped += passedOver;
      }
      assert(skipped <= 6, `${skipped} problems were passed over for 16 that were taken`);
    });
  }
}

// ‖D_i‖ has a kink at 0, but an even one: central differences give it 0, as the definition does.
for (const penalty of everyPenalty) {
  Deno.test(`matryoshkaLoss() takes 0 for the slope of a norm at a zero decoder row: ${named(penalty)}`, async () => {
    for (const kind of ["relu", "identity"] as const) {
      const [problem] = smoothProblem({ kind }, {}, 41);
      problem.parameters.encoderBias[2] = 8; // active in every row
      await assertGradients(problem, { activation: { kind }, penalty, prefixes: PREFIXES }, 2);
    }
  });
}

// Sparse codes hold what is not 0; with a zero row of E, ∂b is all that such a latent has.
Deno.test("matryoshkaLoss() gives an identity latent at exactly 0 its gradient on both algorithms", async () => {
  const problem = randomProblem(B, d, N, 5);
  problem.parameters.encoder.fill(0, 0, d);
  problem.parameters.encoderBias[0] = 0;
  const penalty = { kind: "none" } as const;
  await assertGradients(problem, { activation: { kind: "identity" }, penalty, prefixes: PREFIXES });
});
