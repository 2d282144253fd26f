/** The protocol's shapes, one more that only a GPU takes, and one for software adapters. */

import { type Shape, shapeOf as protocolShape, SHAPES as PROTOCOL } from "../harness/problem.ts";

/** By name. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  tiny: { B: 64, d: 128, N: 1024, active: 16, P: 10 },
  ...PROTOCOL,
  huge: { B: 4096, d: 2304, N: 65536, active: 64, P: 10 },
};

/** By name, or as five numbers "B,d,N,active,P". */
export function shapeOf(name: string): Shape {
  return name in SHAPES ? SHAPES[name] : protocolShape(name);
}
