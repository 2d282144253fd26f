/**
 * Whole encodes made of pairs that are hard to screen.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Random } from "../../src/base/random.ts";
import { hostileRow } from "./pairs.ts";
import { dot, norm, type Pair, type Problem } from "./problem.ts";

/** The selections that are screened. */
export const SCREENED: readonly Selection[] = ["relu", "jumprelu", "topk", "batchtopk"];

/** What to make a problem of. */
export interface Plan {
  readonly selection: Selection;
  readonly B: number;
  readonly d: number;
  readonly N: number;
  /** Latents that come close to their threshold; the others are far below it, so that the screen stays on. */
  readonly aimed: number;
  readonly pair: (random: Random, d: number, exponent?: number) => Pair;
  /** The exponent of the scale of rows; latents have the opposite one. */
  readonly exponent?: number;
}

/** How far a pre-activation is from the threshold, from just below it to the whole of the bound above it. */
function distance(random: Random, size: number): number {
  const far = size * 2 ** (-6 - random.integer(24)) * (1 + random.uniform());
  return random.integer(4) === 0 ? -far : far;
}

/**
 * Returns a problem in which each of `aimed` latents is paired with one row, whose pre-activation a bias moves next to
 * the threshold: in some from above what the integers say, in others from below, which matters where latents are ranked.
 * For the top-k selections the first k latents may have the threshold's value in every row.
 */
export function aimedProblem(random: Random, plan: Plan): Problem {
  const { selection, B, d, N, aimed, exponent = 0 } = plan;
  const input = new Float32Array(B * d), encoder = new Float32Array(N * d);
  const encoderBias = new Float32Array(N), threshold = new Float32Array(N);
  const isRanked = selection === "topk" || selection === "batchtopk";
  const k = isRanked ? Math.min(1 + random.integer(4), N) : 1;
  const fixed = isRanked && random.integer(2) === 0 ? k : 0;
  const pairs = Array.from({ length: B }, () => plan.pair(random, d, exponent));
  pairs.forEach(({ x }, b) => input.set(x, b * d));
  const size = norm(pairs[0].x) * norm(pairs[0].E);
  // A threshold as large as a dot product may be, or as the bound, or none.
  const cut = selection === "relu"
    ? 0
    : Math.fround(size * [1, 2 ** -7, 1e-20][random.integer(3)] * random.uniform());
  encoderBias.fill(-4 * size);
  encoderBias.fill(cut, 0, fixed);
  for (let n = 0; n < aimed; n++) {
    const i = N - 1 - random.integer(N - fixed || 1);
    const pair = pairs[random.integer(B)];
    const E = isRanked && random.integer(2) === 0 ? pair.E.map((value) => -value) : pair.E;
    encoder.set(E, i * d);
    const near = cut - dot(pair.x, E) + distance(random, norm(pair.x) * norm(E));
    if (selection === "jumprelu" && random.integer(2) === 0) {
      encoderBias[i] = 0;
      threshold[i] = cut - near;
    } else {
      encoderBias[i] = near;
      threshold[i] = cut > 0 ? cut : -1;
    }
  }
  return { B, d, N, selection, k, input, encoder, encoderBias, threshold };
}

/** What to make a problem of ranked latents of. */
export type Ranking = Pick<Plan, "d" | "N" | "pair" | "exponent">;

/**
 * Returns a problem of one row in which k pre-activations are as far below what the integers say as they can be. One
 * more latent, of almost nothing but a bias, has a value just above them. A threshold taken from the k latents must not exclude it.
 */
export function rankedProblem(random: Random, { d, N, pair, exponent = 0 }: Ranking): Problem {
  const encoder = new Float32Array(N * d), encoderBias = new Float32Array(N);
  const { x, E } = pair(random, d, exponent);
  const size = norm(x) * norm(E), product = dot(x, E), k = 1 + random.integer(4);
  const cut = size * [1, 2 ** -7][random.integer(2)] * random.uniform();
  encoderBias.fill(-4 * size);
  // The screen ranks the first latents before it encodes any. These differ in scale alone.
  for (let j = 0; j < k; j++) {
    const factor = -(2 ** -j);
    encoder.set(E.map((value) => factor * value), 5 * j * d);
    encoderBias[5 * j] = cut - factor * product;
  }
  const other = random.integer(2) === 0 ? 3 : N - 1;
  // Not all zeros: their scale would be so small that the screen excludes nothing.
  encoder[other * d] = norm(E) * 2 ** -30;
  encoderBias[other] = cut + size * 2 ** (-8 - random.integer(18));
  const selection = random.integer(2) === 0 ? "topk" : "batchtopk";
  const threshold = new Float32Array(N);
  return { B: 1, d, N, selection, k, input: x, encoder, encoderBias, threshold };
}

/** Returns a problem of hostile rows and latents, with biases of every size and sign. */
export function hostileProblem(
  random: Random,
  { selection, B, d, N }: Omit<Plan, "aimed" | "pair">,
): Problem {
  const input = new Float32Array(B * d), encoder = new Float32Array(N * d);
  for (let b = 0; b < B; b++) input.set(hostileRow(random, d), b * d);
  for (let i = 0; i < N; i++) encoder.set(hostileRow(random, d), i * d);
  const biases = [0, 2 ** -149, -(2 ** -149), -1, 1, 2 ** -70, -(2 ** 40), 3e38, -3e38];
  const common = -random.integer(2) * 2 ** random.integer(20);
  return {
    ...{ B, d, N, selection, k: 1 + random.integer(Math.min(N, 9)), input, encoder },
    encoderBias: Float32Array.from(
      { length: N },
      () => random.integer(4) === 0 ? biases[random.integer(biases.length)] : common,
    ),
    threshold: Float32Array.from(
      { length: N },
      () => [0, -1, random.normal(), 2 ** random.integer(100), 2 ** -149][random.integer(5)],
    ),
  };
}
