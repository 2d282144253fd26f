import { encodeSparse, type SparseSelection } from "../../../kernels/encode_sparse.ts";
import { grid, hostile } from "../inputs.ts";
import type { KernelCases, Launch } from "../launch.ts";
import type { Random } from "../../../src/base/random.ts";
import { pairs, shapes } from "../shapes.ts";

const SELECTIONS: readonly SparseSelection[] = [
  "relu",
  "identity",
  "jumprelu",
  "topk",
  "batchtopk",
  "window",
];

/** How much room there is for codes, given the number of codes and of activations. */
const ROOMS: [string, (count: number, all: number) => number][] = [
  ["exactly full", (count) => count],
  ["overflow by one", (count) => count - 1],
  ["room for one more", (count) => count + 1],
  ["room for all", (_, all) => all],
  ["room for one", () => 1],
];

type Dims = Record<"B" | "d" | "N", number>;
type Constants = { readonly selection: SparseSelection; readonly k: number };

/**
 * Returns inputs on a grid, which makes all sums exact: which latents are kept depends on every bit. On the
 * coarse grid, integers up to 2, sums are often equal to each other or to the threshold.
 */
function inputsOf(
  random: Random,
  { B, d, N }: Dims,
  selection: SparseSelection,
  coarse: boolean,
) {
  const some = (count: number) => coarse ? grid(random, count, 2, 1) : grid(random, count);
  return {
    input: some(B * d),
    encoder: some(N * d),
    encoderBias: some(N),
    // Only these two read it.
    threshold: selection === "jumprelu" || selection === "window" ? some(N) : hostile(N),
  };
}

/** Returns the number of codes: the reference counts all of them, even without room. */
export function countCodes(
  { B, d, N }: Dims,
  constants: Constants,
  inputs: Record<"input" | "encoder" | "encoderBias" | "threshold", ArrayLike<number>>,
): number {
  const rowOffsets = new Uint32Array(B + 1);
  encodeSparse.reference(
    {
      input: Float64Array.from(inputs.input),
      encoder: Float64Array.from(inputs.encoder),
      encoderBias: Float64Array.from(inputs.encoderBias),
      threshold: Float64Array.from(inputs.threshold),
      rowOffsets,
      indices: new Uint32Array(0),
      values: new Float64Array(0),
      overflow: new Uint32Array(1),
    },
    { B, d, N, K: 0 },
    constants,
  );
  return rowOffsets[B];
}

function launch(
  random: Random,
  dims: Dims,
  constants: Constants,
  coarse: boolean,
  [room, roomFor]: (typeof ROOMS)[number],
): Launch<typeof encodeSparse> {
  const inputs = inputsOf(random, dims, constants.selection, coarse);
  const K = Math.max(1, roomFor(countCodes(dims, constants, inputs), dims.B * dims.N));
  const title = `${coarse ? "ties, " : ""}${room}`;
  return { title, dims: { ...dims, K }, constants, inputs };
}

/** What `specifiedCodes` needs of a launch. */
interface CodesLaunch {
  readonly expected: { readonly rowOffsets: Uint32Array };
  readonly dims: Readonly<Record<"B" | "K", number>>;
}

/** Returns how many entries of `indices` and `values` are specified: none if they have no room. */
export function specifiedCodes({ expected: { rowOffsets }, dims: { B, K } }: CodesLaunch) {
  const count = rowOffsets[B] > K ? 0 : rowOffsets[B];
  return { indices: count, values: count };
}

/** Cases of `encodeSparse`. */
export const encodeSparseCases: KernelCases<typeof encodeSparse> = {
  kernel: encodeSparse,
  *launches(random) {
    for (const { dims, constants: selection, n } of pairs(shapes("B", "d", "N"), SELECTIONS)) {
      // Six selections would always meet the same k and rooms: shift by one in each round.
      const turn = n + Math.floor(n / SELECTIONS.length);
      const k = [1, Math.ceil(dims.N / 3), dims.N, dims.N + 1][turn % 4];
      yield launch(random, dims, { selection, k }, turn % 2 === 0, ROOMS[turn % ROOMS.length]);
    }
    // Every selection with every room, all with ties.
    for (const selection of SELECTIONS) {
      for (const room of ROOMS) {
        yield launch(random, { B: 9, d: 7, N: 19 }, { selection, k: 4 }, true, room);
      }
      yield {
        title: "all silent",
        dims: { B: 3, d: 2, N: 5, K: 4 },
        constants: { selection, k: 2 },
        inputs: {
          input: Array(6).fill(1),
          encoder: Array(10).fill(0),
          encoderBias: Array(5).fill(selection === "identity" ? 0 : -1),
          threshold: Array(5).fill(0),
        },
      };
    }
  },
  tolerance: () => ({}),
  specified: specifiedCodes,
};
