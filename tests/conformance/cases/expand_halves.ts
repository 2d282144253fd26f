import { expandHalves } from "../../../kernels/expand_halves.ts";
import type { Random } from "../../../src/base/random.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Every finite half with either sign, from the smallest subnormal to 65504. */
const FINITE = Array.from({ length: 2 * 0x7c00 }, (_, n) => n < 0x7c00 ? n : n + 0x400);

/** Words of halves; what is left over of the last one holds what must not be looked at. */
function words(halves: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(halves.length / 2) }, (_, n) => {
    return halves[2 * n] + 65536 * (halves[2 * n + 1] ?? 0x7e00);
  });
}

function launch(B: number, d: number, halves: readonly number[]) {
  const inputs = { halves: words(halves) };
  return { dims: { B, d, K: inputs.halves.length }, constants: {}, inputs };
}

function some(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => FINITE[random.integer(FINITE.length)]);
}

/** Cases of `expandHalves`: any halves, then all of them. */
export const expandHalvesCases: KernelCases<typeof expandHalves> = {
  kernel: expandHalves,
  *launches(random) {
    for (const { B, d } of shapes("B", "d")) yield launch(B, d, some(random, B * d));
    yield { title: "every half", ...launch(248, 256, FINITE) };
    // From an odd place on, each comes in the other half of its word.
    yield { title: "every half, moved by one", ...launch(1, FINITE.length + 1, [0, ...FINITE]) };
  },
  tolerance: () => ({}),
};
