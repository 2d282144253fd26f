import { encodeSparse } from "./encode_sparse.ts";
import {
  SCREENED_OPERANDS,
  type ScreenedTypes,
  type SelectionConstants,
} from "./encode_screened.ts";
import type { Kernel } from "./kernel.ts";
import { expandStored, type StoredType } from "./stored_weights.ts";

/** The constants of `encodeStored`. */
export interface StoredConstants extends SelectionConstants {
  readonly type: StoredType;
  /**
   * Whether to screen, by default true. Otherwise every latent is expanded, and the quantised operands are not read:
   * their W may be 1.
   */
  readonly screened?: boolean;
}

/**
 * `encodeScreened` of an encoder that is kept in the type of its file: `stored` [N, V] and `scale` [N] as in
 * `quantizeStored`. Its codes are those of the float32 weights that the stored numbers stand for, bit for bit.
 *
 * Why: only candidates are expanded to float32, so an encoder takes 2 or 3 bytes per weight in place of 5: its
 * stored numbers and the quantised ones, which for "int8" may be the same memory.
 */
export const encodeStored: Kernel<
  ScreenedTypes & { stored: "u32"; scale: "f32" },
  "B" | "d" | "N" | "K" | "W" | "V",
  StoredConstants
> = {
  id: "encodeStored",
  operands: /* @__PURE__ */ storedOperands(),
  reference(arrays, dims, { type, ...constants }) {
    const encoder = expandStored(type, arrays.stored, arrays.scale, dims);
    encodeSparse.reference({ ...arrays, encoder }, dims, constants);
    arrays.candidates[0] = arrays.rowOffsets[dims.B] / dims.B;
  },
};

// A function, because bundlers keep an object that is spread in programs that do not use it.
function storedOperands() {
  return {
    ...SCREENED_OPERANDS,
    stored: { access: "read", dtype: "u32", dims: ["N", "V"] },
    scale: { access: "read", dtype: "f32", dims: ["N"] },
  } as const;
}
