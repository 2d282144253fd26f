/** The harness's shapes, a larger one for GPUs, and a tiny one for software adapters. */

import { type Shape, shapeOf as harnessShape, SHAPES as HARNESS } from "../harness/problem.ts";

/** The shapes by their names. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  tiny: { B: 64, d: 128, N: 1024, active: 16, P: 10 },
  ...HARNESS,
  huge: { B: 4096, d: 2304, N: 65536, active: 64, P: 10 },
};

/** Returns a shape by its name, or from five numbers "B,d,N,active,P". */
export function shapeOf(name: string): Shape {
  return name in SHAPES ? SHAPES[name] : harnessShape(name);
}
