import { encodeScreened } from "../../../kernels/encode_screened.ts";
import type { SparseSelection } from "../../../kernels/encode_sparse.ts";
import { quantizeLatents } from "../../../kernels/quantize_latents.ts";
import { quantizeRows } from "../../../kernels/quantize_rows.ts";
import type { Random } from "../../../src/base/random.ts";
import { grid } from "../inputs.ts";
import type { Arrays, KernelCases, PreparedLaunch } from "../launch.ts";
import {
  countCodes,
  fractionalLaunches,
  launchesWith,
  SELECTIONS,
  specifiedCodes,
} from "./encode_sparse.ts";

type Values = ArrayLike<number>;

/** Returns the quantised operands of an encode. */
export function quantizedOperands(
  { input, encoder }: { readonly input: Values; readonly encoder: Values },
  { B, d, N }: Record<"B" | "d" | "N", number>,
) {
  const W = Math.ceil(d / 4);
  const rows = {
    input: Float64Array.from(input),
    quantized: new Uint32Array(2 * B * W),
    bounds: new Float64Array(5 * B),
  };
  const latents = {
    encoder: Float64Array.from(encoder),
    quantized: new Uint32Array(N * W),
    bounds: new Float64Array(4 * N),
  };
  quantizeRows.reference(rows, { B, d, W }, {});
  quantizeLatents.reference(latents, { N, d, W }, {});
  return {
    quantizedRows: rows.quantized,
    rowBounds: rows.bounds,
    quantizedLatents: latents.quantized,
    latentBounds: latents.bounds,
  };
}

/** Those that can be screened. */
const EDGE_SELECTIONS: readonly SparseSelection[] = [
  "relu",
  "jumprelu",
  "topk",
  "batchtopk",
  "window",
];

const EDGES = { B: 7, d: 13, N: 300 };

/** The inputs of an edge case; all sums are exact. */
interface Edge {
  readonly title: string;
  /** Changes rows on a grid. */
  input?(value: number, b: number, k: number): number;
  /** Every bias, instead of those on the grid. */
  readonly bias?: number;
  readonly biasFactor?: number;
}

const EDGE_CASES: readonly Edge[] = [
  { title: "zero rows", input: (value, b) => b % 3 === 0 ? 0 : value },
  { title: "one huge value", input: (_, b, k) => k === b ? 2 ** 60 : 0, bias: 0 },
  { title: "subnormal rows", input: (value) => value * 2 ** -139, biasFactor: 2 ** -139 },
  { title: "all active", bias: 1000 },
  { title: "none active", bias: -1000 },
  { title: "one row and column for all", input: () => 1, bias: -3 },
];

function* edgeLaunches(random: Random) {
  const { B, d, N } = EDGES;
  for (const selection of EDGE_SELECTIONS) {
    for (const { title, input, bias, biasFactor = 1 } of EDGE_CASES) {
      const rows = grid(random, B * d);
      const inputs = {
        input: input ? rows.map((v, e) => input(v, Math.floor(e / d), e % d)) : rows,
        encoder: grid(random, N * d),
        encoderBias: grid(random, N).map((v) => bias ?? v * biasFactor),
        threshold: grid(random, N).map((v) => v * biasFactor),
      };
      const constants = { selection, k: 5 };
      const K = Math.max(1, countCodes(EDGES, constants, inputs));
      yield { title, dims: { ...EDGES, K }, constants, inputs };
    }
  }
}

/** Yields launches of an encode that screens: those of `encodeSparse`, and those that are special to a screen. */
export function* sparseLaunches(random: Random) {
  yield* launchesWith(random, SELECTIONS);
  yield* fractionalLaunches(random);
  yield* edgeLaunches(random);
}

type Screened = PreparedLaunch<typeof encodeScreened>;

/** Returns half the width of the range of `candidates`: from the number of active latents per row to N. */
export function candidatesTolerance({ expected: { rowOffsets }, dims: { B, N } }: {
  readonly expected: Pick<Arrays<typeof encodeScreened>, "rowOffsets">;
  readonly dims: Pick<Screened["dims"], "B" | "N">;
}): (e: number) => number {
  return () => (N - rowOffsets[B] / B) / 2 + N * 2 ** -23;
}

/** Returns the middle of that range. */
export function settledCandidates(rowOffsets: Uint32Array, { B, N }: Record<"B" | "N", number>) {
  return Float64Array.of((N + rowOffsets[B] / B) / 2);
}

/** Cases of `encodeScreened`: those of `encodeSparse`, and edge cases of a screen. */
export const encodeScreenedCases: KernelCases<typeof encodeScreened> = {
  kernel: encodeScreened,
  *launches(random) {
    for (const { title, dims, constants, inputs } of sparseLaunches(random)) {
      const { input = [], encoder = [] } = inputs;
      const quantized = quantizedOperands({ input, encoder }, dims);
      const W = Math.ceil(dims.d / 4);
      yield { title, dims: { ...dims, W }, constants, inputs: { ...inputs, ...quantized } };
    }
  },
  settle(launch, got) {
    const { expected, dims, constants: { selection } } = launch;
    const candidates = settledCandidates(expected.rowOffsets, dims);
    // A window keeps what a device may flush to 0 as 0.
    const values = selection === "window"
      ? expected.values.map((v, e) => Math.abs(v) < 2 ** -126 && got.values[e] === 0 ? 0 : v)
      : expected.values;
    return { ...launch, expected: { ...expected, values, candidates } };
  },
  tolerance: (launch) => ({ candidates: candidatesTolerance(launch) }),
  specified: specifiedCodes,
};
