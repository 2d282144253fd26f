import { encodeStored } from "../../../kernels/encode_stored.ts";
import { expandStored, type StoredType } from "../../../kernels/stored_weights.ts";
import type { KernelCases } from "../launch.ts";
import { pack, STORED_TYPES } from "../stored.ts";
import {
  candidatesTolerance,
  quantizedOperands,
  settledCandidates,
  sparseLaunches,
} from "./encode_screened.ts";
import { specifiedCodes } from "./encode_sparse.ts";

/** What int8 multiplies integers with to get the numbers of a grid. */
const GRID_STEP = 2 ** -5;

/** Returns weights on a grid in the type of a file, which holds them exactly. */
function storedOf(type: StoredType, encoder: ArrayLike<number>, dims: Record<"N" | "d", number>) {
  const isInt8 = type === "int8";
  const values = Array.from(encoder, (v) => isInt8 ? v / GRID_STEP : v);
  return { ...pack(type, values, dims), scale: Array(dims.N).fill(isInt8 ? GRID_STEP : NaN) };
}

/** Cases of `encodeStored`: those of `encodeScreened`, with weights of every type. */
export const encodeStoredCases: KernelCases<typeof encodeStored> = {
  kernel: encodeStored,
  *launches(random) {
    let n = 0;
    for (const { title, dims, constants, inputs } of sparseLaunches(random)) {
      // Every other launch; the other operands are those of `encodeScreened`.
      if (n++ % 2 === 1) continue;
      const { input = [], encoder = [], ...others } = inputs;
      const type = STORED_TYPES[n % STORED_TYPES.length];
      const { V, stored, scale } = storedOf(type, encoder, dims);
      const weights = expandStored(type, stored, scale, dims);
      const quantized = quantizedOperands({ input, encoder: weights }, dims);
      const W = Math.ceil(dims.d / 4);
      yield {
        title,
        dims: { ...dims, V, W },
        constants: { ...constants, type },
        inputs: { ...others, ...quantized, input, stored, scale },
      };
    }
  },
  settle(launch) {
    const { expected, dims } = launch;
    const candidates = settledCandidates(expected.rowOffsets, dims);
    return { ...launch, expected: { ...expected, candidates } };
  },
  tolerance: (launch) => ({ candidates: candidatesTolerance(launch) }),
  specified: specifiedCodes,
};
