import {
  encodeSparse,
  type Selection,
  type SparseSelection,
} from "../../../kernels/encode_sparse.ts";
import { grid, hostile } from "../inputs.ts";
import type { KernelCases, Launch } from "../launch.ts";
import type { Random } from "../../../src/base/random.ts";
import { pairs, shapes } from "../shapes.ts";

/** The selections of every encode that keeps only active latents. */
export const SELECTIONS: readonly Selection[] = [
  "relu",
  "identity",
  "jumprelu",
  "topk",
  "batchtopk",
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
type Constants<S = SparseSelection> = { readonly selection: S; readonly k: number };

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

function launch<S extends SparseSelection>(
  random: Random,
  dims: Dims,
  constants: Constants<S>,
  coarse: boolean,
  [room, roomFor]: (typeof ROOMS)[number],
): Launch<typeof encodeSparse> & { readonly constants: Constants<S> } {
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

/** Yields launches with each of the selections. */
export function* launchesWith<S extends SparseSelection>(random: Random, selections: readonly S[]) {
  for (const { dims, constants: selection, n } of pairs(shapes("B", "d", "N"), selections)) {
    const k = [1, Math.ceil(dims.N / 3), dims.N, dims.N + 1][n % 4];
    // Five rooms and five selections would always form the same pairs: shift by one in each round.
    const room = ROOMS[(n + Math.floor(n / SELECTIONS.length)) % ROOMS.length];
    yield launch(random, dims, { selection, k }, n % 2 === 0, room);
  }
  // Every selection with every room, all with ties.
  for (const selection of selections) {
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
}

/**
 * Yields launches of batch top-k that keep a fraction of a row: several latents for each row, less than one for
 * a row, and none in the whole batch. Of 300 latents there are several chunks, and lists that must be cut.
 */
export function* fractionalLaunches(random: Random) {
  for (const N of [19, 300]) {
    for (const k of [2.6, 0.4, 0.1]) {
      const constants = { selection: "batchtopk", k } as const;
      yield launch(random, { B: 9, d: 7, N }, constants, true, ROOMS[2]);
    }
  }
}

/** Cases of `encodeSparse`. */
export const encodeSparseCases: KernelCases<typeof encodeSparse> = {
  kernel: encodeSparse,
  *launches(random) {
    yield* launchesWith(random, [...SELECTIONS, "window"]);
    yield* fractionalLaunches(random);
  },
  tolerance: () => ({}),
  specified: specifiedCodes,
};
