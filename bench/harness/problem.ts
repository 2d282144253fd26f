/** Problems: sizes, random inputs of a given density, and the constants of the step. */

import { initialParameters } from "../../src/model/parameters.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import { samplePrefixes } from "../../src/model/prefixes.ts";
import { Random } from "../../src/base/random.ts";

/** The sizes of a problem and how many latents are active per row in real use. */
export interface Shape {
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly active: number;
  readonly P: number;
}

/** The shapes by their short names. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  small: { B: 256, d: 512, N: 4096, active: 32, P: 10 },
  medium: { B: 1024, d: 512, N: 8192, active: 32, P: 10 },
  large: { B: 4096, d: 768, N: 24576, active: 32, P: 10 },
  ragged: { B: 250, d: 770, N: 4099, active: 20, P: 7 },
};

/** A shape by name, or as five numbers "B,d,N,active,P". */
export function shapeOf(name: string): Shape {
  if (name in SHAPES) return SHAPES[name];
  const numbers = name.split(",").map(Number);
  if (numbers.length !== 5 || !numbers.every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new RangeError(
      `Cannot use the shape "${name}": it must be ${Object.keys(SHAPES).join(", ")} ` +
        `or five numbers B,d,N,active,P`,
    );
  }
  const [B, d, N, active, P] = numbers;
  return { B, d, N, active, P };
}

/**
 * The step that all participants take: the trainer's defaults with two exceptions. Adam's ε is as
 * large as the clipped gradients: with 1e-8 the first update is the gradient's sign, so comparing
 * updated parameters would not check the gradient's size. The learning rate applies to the first
 * step, which is compared; timed steps use 0, which costs the same and keeps the density constant.
 */
export const STEP = {
  learningRate: 1e-3,
  beta1: 0.5,
  beta2: 0.9375,
  adamEpsilon: 1e-3,
  clipNorm: 1,
  sparsityScale: 0.2,
  logEpsilon: 0.1,
} as const;

/** The inputs of a comparison. */
export interface Problem {
  readonly shape: Shape;
  /** The intended share of active latents. */
  readonly aimed: number;
  readonly prefixes: readonly number[];
  readonly parameters: SaeParameters;
  readonly batch: Float32Array;
}

/**
 * Draws standard normal rows, initial parameters by the author's conventions, and sets one bias for all
 * latents such that about `density` of them are active.
 */
export function makeProblem(shape: Shape, density: number, seed = 1): Problem {
  const { B, d, N, P } = shape;
  const random = Random.fromSeed(seed);
  const parameters = initialParameters(d, N, random);
  parameters.encoderBias.fill(-normalQuantile(1 - density));
  const batch = Float32Array.from({ length: B * d }, () => random.normal());
  const draw = { latentCount: N, prefixCount: P, minimum: 1, exponent: 0.5 };
  const prefixes = samplePrefixes(draw, () => random.uniform());
  return { shape, aimed: density, prefixes, parameters, batch };
}

/** Returns z with P(Z ≤ z) = p to within 1e-6, by bisection of the integral. */
function normalQuantile(p: number): number {
  let low = -6;
  let high = 6;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (normalCumulative(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Returns P(Z ≤ z) by Simpson's rule from 0. */
function normalCumulative(z: number): number {
  const panels = 200;
  const h = z / panels;
  const density = (t: number) => Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(z);
  for (let i = 1; i < panels; i++) sum += (i % 2 ? 4 : 2) * density(i * h);
  return 0.5 + sum * h / 3;
}
