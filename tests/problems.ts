/** Small random problems, and the loss computed directly from its definition. */
import {
  type Activation,
  type LossKind,
  type LossOptions,
  type Penalty,
  Random,
  type SaeParameters,
} from "../mod.ts";

/** Parameters and a batch for them. */
export interface Problem {
  readonly parameters: SaeParameters;
  readonly batch: Float32Array;
}

/** Returns normally distributed numbers times `scale`, rounded to multiples of 2⁻¹⁰: exact in float32. */
export function onGrid(random: Random, length: number, scale = 1): Float32Array {
  return Float32Array.from({ length }, () => Math.round(scale * random.normal() * 1024) / 1024);
}

/** Returns a random problem with B rows, d inputs and N latents, about half of which are active. */
export function randomProblem(B: number, d: number, N: number, seed: number): Problem {
  const random = Random.fromSeed(seed);
  return {
    parameters: {
      inputSize: d,
      latentCount: N,
      encoder: onGrid(random, N * d),
      encoderBias: onGrid(random, N, 0.5),
      decoder: onGrid(random, N * d),
      decoderBias: onGrid(random, d, 0.5),
    },
    batch: onGrid(random, B * d),
  };
}

/** Returns x Eᵀ + b, or (x − c) Eᵀ + b: N values for each row of the batch. */
export function preActivations(
  { parameters: q, batch }: Problem,
  { subtractDecoderBias }: LossKind,
): number[][] {
  const d = q.inputSize;
  return Array.from({ length: batch.length / d }, (_, b) =>
    Array.from(q.encoderBias, (bias, i) => {
      let sum = bias;
      for (let k = 0; k < d; k++) {
        const x = batch[b * d + k] - (subtractDecoderBias ? q.decoderBias[k] : 0);
        sum += x * q.encoder[i * d + k];
      }
      return sum;
    }));
}

/** Keeps the `count` largest positive values and sets the others to 0. Ties go to the lower index. */
function largestOf(values: readonly number[], count: number): number[] {
  const kept = [...values.keys()].filter((i) => values[i] > 0)
    .sort((i, j) => values[j] - values[i] || i - j).slice(0, count);
  return values.map((value, i) => kept.includes(i) ? value : 0);
}

/** Returns f = act(pre). */
export function plainActivations(
  pre: readonly number[][],
  activation: Activation = { kind: "relu" },
): number[][] {
  switch (activation.kind) {
    case "identity":
      return pre.map((row) => [...row]);
    case "relu":
      return pre.map((row) => row.map((value) => Math.max(value, 0)));
    case "jumprelu":
      return pre.map((row) =>
        row.map((value, i) => value > 0 && value > activation.threshold[i] ? value : 0)
      );
    case "topk":
      return pre.map((row) => largestOf(row, activation.k));
    case "batchtopk": {
      const N = pre[0].length;
      const flat = largestOf(pre.flat(), activation.k * pre.length);
      return pre.map((_, b) => flat.slice(b * N, (b + 1) * N));
    }
  }
}

function plainPenalty(penalty: Penalty, a: number): number {
  if (penalty.kind === "none") return 0;
  if (penalty.kind === "l1") return a;
  if (penalty.kind === "tanh") return Math.tanh((penalty.scale ?? 4) * a);
  if (penalty.kind !== "log") return a > 0 ? 1 : 0;
  const epsilon = penalty.epsilon ?? 0.1;
  return Math.log(a + epsilon) - (penalty.subtractLogEpsilon ? Math.log(epsilon) : 0);
}

/** The result of `plainLoss`. */
export interface PlainLoss {
  loss: number;
  perPrefix: { prefix: number; squaredError: number; sparsity: number; l0: number }[];
  /** The sum of squared residuals over batch and inputs, for each prefix. */
  squares: number[];
}

/** Computes the loss by its definition: decodes and penalises each prefix separately. */
export function plainLoss(problem: Problem, options: LossOptions): PlainLoss {
  const { parameters: q, batch } = problem;
  const d = q.inputSize;
  const B = batch.length / d;
  const { prefixes, penalty = { kind: "none" }, prefixWeights, prefixReduction } = options;
  const f = plainActivations(preActivations(problem, options), options.activation);
  const result: PlainLoss = { loss: 0, perPrefix: [], squares: [] };
  Array.from(prefixes).forEach((prefix, j) => {
    let squares = 0;
    let sparsity = 0;
    let active = 0;
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < d; k++) {
        let reconstruction = q.decoderBias[k];
        for (let i = 0; i < prefix; i++) reconstruction += f[b][i] * q.decoder[i * d + k];
        squares += (reconstruction - batch[b * d + k]) ** 2;
      }
      for (let i = 0; i < prefix; i++) {
        const norm = Math.hypot(...q.decoder.subarray(i * d, (i + 1) * d));
        sparsity += plainPenalty(penalty, Math.abs(f[b][i]) * norm) / B;
        if (f[b][i] !== 0) active++;
      }
    }
    const squaredError = squares / (options.squaredError === "sum" ? B : B * d);
    const coefficient = penalty.kind === "none" ? 0 : penalty.coefficient;
    const rho = prefixReduction === "mean" ? 1 / prefixes.length : 1;
    result.loss += rho * (prefixWeights?.[j] ?? 1) * (squaredError + coefficient * sparsity);
    result.perPrefix.push({ prefix, squaredError, sparsity, l0: active / B });
    result.squares.push(squares);
  });
  return result;
}

/** Returns one activation of each kind for N latents, with thresholds of both signs. */
export function everyActivation(N: number, k: number): readonly Activation[] {
  const threshold = Float32Array.from({ length: N }, (_, i) => i % 3 === 2 ? -0.5 : 0.25 * (i % 3));
  return [
    { kind: "relu" },
    { kind: "identity" },
    { kind: "topk", k },
    { kind: "batchtopk", k },
    { kind: "jumprelu", threshold },
  ];
}

/** One penalty of each kind. */
export const everyPenalty: readonly Penalty[] = [
  { kind: "log", coefficient: 0.3 },
  { kind: "log", coefficient: 0.3, epsilon: 0.25, subtractLogEpsilon: true },
  { kind: "l1", coefficient: 0.3 },
  { kind: "none" },
];

/** Yields every combination of the other options, for one prefix per element of `prefixWeights`. */
export function* everyScaling(prefixWeights: readonly number[]): Generator<LossKind> {
  for (const prefixReduction of ["sum", "mean"] as const) {
    for (const squaredError of ["mean", "sum"] as const) {
      for (const subtractDecoderBias of [false, true]) {
        for (const weights of [undefined, prefixWeights]) {
          yield { prefixReduction, squaredError, subtractDecoderBias, prefixWeights: weights };
        }
      }
    }
  }
}
