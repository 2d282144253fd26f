/** What `bench:screening` and `bench:scaling` compare. */

import { type Shape, SHAPES } from "../harness/problem.ts";
import type { BenchSelection } from "../harness/selections.ts";
import type { Axis, Case } from "./results.ts";

const { medium } = SHAPES;

/** Shapes by name, with the share of latents that is active. */
const NAMED: Readonly<Record<string, { shape: Shape; density: number }>> = {
  ...Object.fromEntries(
    Object.entries(SHAPES).map((
      [name, shape],
    ) => [name, { shape, density: shape.active / shape.N }]),
  ),
  narrow: { shape: { ...medium, N: 512 }, density: medium.active / 512 },
  half: { shape: medium, density: 0.5 },
};

/** The comparisons by name: with relu the shapes, and the other selections on the medium one. */
export const CASE_NAMES = [
  ...["medium", "small", "large", "ragged", "narrow", "half"],
  ...["topk", "batchtopk", "jumprelu"],
] as const;

/** Returns the comparisons of these names, each as an encode and as a step. */
export function casesOf(names: readonly string[], tasks: readonly Case["task"][]): Case[] {
  return names.flatMap((name) => {
    const known = CASE_NAMES.find((each) => each === name);
    if (known === undefined) {
      throw new RangeError(`Cannot compare "${name}": the cases are ${CASE_NAMES.join(", ")}`);
    }
    const { shape, density } = NAMED[known] ?? NAMED.medium;
    const selection: BenchSelection = known in NAMED ? "relu" : known as BenchSelection;
    return tasks.map((task) => ({ task, shape, density, selection }));
  });
}

/** The sizes of README's training command. */
const README: Shape = { B: 1024, d: 128, N: 1024, active: 20, P: 5 };

/** The numbers along each axis of the chart; the others are those of the medium shape, 32 latents per row active. */
const AXES: Readonly<Record<Axis, readonly number[]>> = {
  N: [1024, 2048, 4096, 8192, 16384],
  d: [128, 256, 512, 1024],
  B: [256, 512, 1024, 2048],
  P: [1, 5, 10, 20, 40],
  active: [8, 32, 128, 512, 2048, 4096],
  crossover: [20, 51, 102, 205, 307, 410, 512, 614],
};

/** Returns the number that an axis varies. */
export function numberAlong(axis: Axis, { shape }: Case): number {
  return axis === "crossover" ? shape.active : shape[axis];
}

/** Returns the steps of the chart. `shrink` divides the sizes, to try the bench itself. */
export function scalingCases(shrink = 1): Case[] {
  return (Object.entries(AXES) as [Axis, readonly number[]][]).flatMap(([axis, values]) =>
    values.map((value): Case => {
      const { B, d, N, active, P }: Shape = axis === "crossover"
        ? { ...README, active: value }
        : Object.assign({}, medium, { [axis]: value });
      const [rows, inputs, latents, kept] = [B, d, N, active].map((n) => Math.ceil(n / shrink));
      const shape = { B: rows, d: inputs, N: latents, active: kept, P };
      const density = shape.active / shape.N;
      return { task: "step", shape, density, selection: "relu", axis };
    })
  );
}
