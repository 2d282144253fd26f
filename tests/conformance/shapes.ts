/**
 * The sizes that every kernel is tested at: one, sizes around the tiles of all backends, and realistic ones.
 *
 * @module
 */

/** The dimension letters that most kernels share. */
export type Letter = "B" | "d" | "N" | "P";

const LETTERS: readonly Letter[] = ["B", "d", "N", "P"];

/** Tile and vector sizes of the kernels: 6×8 in WASM, 16 in WGSL. */
const TILES = [6, 8, 16];

/** 1, then tile − 1, tile, tile + 1 and 2·tile + 3 of each tile: 11 sizes. */
export const SIZES: readonly number[] = [
  ...new Set([1, ...TILES.flatMap((t) => [t - 1, t, t + 1, 2 * t + 3])]),
].sort((a, b) => a - b);

const REALISTIC: readonly Record<Letter, number>[] = [
  { B: 64, d: 128, N: 512, P: 10 },
  { B: 33, d: 70, N: 131, P: 5 },
];

/** Returns shapes with every size in all letters at once, shapes of mixed sizes, and the realistic ones. */
export function shapes<L extends Letter>(...letters: L[]): Record<L, number>[] {
  const equal = SIZES.map((size) => ({ B: size, d: size, N: size, P: size }));
  const mixed = SIZES.map((_, n) => {
    // Multiples of n modulo the prime 11, so each letter takes the sizes in a different order.
    const [B, d, N, P] = LETTERS.map((_, l) => SIZES[(n * (l + 1) + 3 * l) % SIZES.length]);
    return { B, d, N, P };
  });
  return [...equal, ...mixed, ...REALISTIC].map((shape) => {
    // There are at most N distinct prefixes; P = N is every prefix at once.
    if (letters.includes("N" as L)) shape = { ...shape, P: Math.min(shape.P, shape.N) };
    return Object.fromEntries(letters.map((letter) => [letter, shape[letter]])) as Record<
      L,
      number
    >;
  });
}

/** Yields each shape with one of the constants in turn, then the last shape with all of them. */
export function* pairs<Shape, Constants>(
  shapes: readonly Shape[],
  constants: readonly Constants[],
): Generator<{ dims: Shape; constants: Constants; n: number }> {
  let n = 0;
  for (const dims of shapes) yield { dims, constants: constants[n % constants.length], n: n++ };
  if (constants.length === 1) return;
  for (const each of constants) yield { dims: shapes[shapes.length - 1], constants: each, n: n++ };
}
