import { expandFloat16 } from "../../../kernels/expand_float16.ts";
import type { Random } from "../../../src/base/random.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Every finite float16 with either sign, from the smallest subnormal to 65504. */
const FINITE = Array.from({ length: 2 * 0x7c00 }, (_, n) => n < 0x7c00 ? n : n + 0x400);

/** Packs two numbers into a word; an unused second place holds a NaN, which must not be read. */
function words(numbers: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(numbers.length / 2) }, (_, n) => {
    return numbers[2 * n] + 65536 * (numbers[2 * n + 1] ?? 0x7e00);
  });
}

function launch(B: number, d: number, numbers: readonly number[]) {
  const inputs = { packed: words(numbers) };
  return { dims: { B, d, K: inputs.packed.length }, constants: {}, inputs };
}

function some(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => FINITE[random.integer(FINITE.length)]);
}

/** Cases of `expandFloat16`: random numbers, then all of them. */
export const expandFloat16Cases: KernelCases<typeof expandFloat16> = {
  kernel: expandFloat16,
  *launches(random) {
    for (const { B, d } of shapes("B", "d")) yield launch(B, d, some(random, B * d));
    yield { title: "every float16", ...launch(248, 256, FINITE) };
    // Moved by one, each number is in the other place of its word.
    yield { title: "every float16, moved by one", ...launch(1, FINITE.length + 1, [0, ...FINITE]) };
  },
  tolerance: () => ({}),
};
