/**
 * Rows of every kind, to be quantised.
 *
 * @module
 */
import type { Random } from "../../src/base/random.ts";
import { normal } from "./inputs.ts";

/** Returns rows [count, d]: ordinary ones, zero, one huge value, subnormal, tiny, constant and sparse ones. */
export function rowsOfEveryKind(random: Random, count: number, d: number): number[] {
  return Array.from({ length: count }, (_, row) => {
    const values = normal(random, d);
    switch (row % 8) {
      case 1:
        return values.fill(0);
      case 2:
        values[random.integer(d)] = 2 ** 60;
        return values;
      case 3:
        return values.map((value) => value * 2 ** -140);
      case 4:
        return values.map((value) => value * 2 ** -78);
      case 5:
        return values.fill(-0.7);
      case 6:
        return values.map((value) => value * 2 ** (random.integer(40) - 20));
      default:
        return values;
    }
  }).flat();
}

/** Returns rows of quotients halfway between two integers, with scale 1. */
export function halfwayRows(
  random: Random,
  { count, d, levels }: Record<"count" | "d" | "levels", number>,
) {
  return Array.from(
    { length: count },
    () =>
      Array.from(
        { length: d },
        (_, k) => k === 0 ? levels : random.integer(2 * levels) - levels + 0.5,
      ),
  ).flat();
}
