import type { Kernel } from "./kernel.ts";

/**
 * Encodes a batch with the dead latents alone, and keeps the largest activations of each row, as sparse codes:
 *
 *     pre_bi = ⟨x_b, E_i⟩ + b_i for the dead i; the codes of row b are its min(k, deadCount) largest, i ascending
 *
 *     x [B, d], E [N, d], b [N], dead [N], deadCount [1]  →  rowOffsets [B+1], indices [K], values [K]
 *
 * `rectified` keeps only those above 0, so that a row may have fewer. Ties go to the lower latent. The caller gives
 * room: K ≥ B·k. Entries past the last code are unspecified.
 *
 * Why: the dead latents are few, and their activations are not among those that the step has computed.
 */
export const encodeDead: Kernel<
  {
    input: "f32";
    encoder: "f32";
    encoderBias: "f32";
    dead: "u32";
    deadCount: "u32";
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
  },
  "B" | "d" | "N" | "K",
  { readonly k: number; readonly rectified: boolean }
> = {
  id: "encodeDead",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    dead: { access: "read", dtype: "u32", dims: ["N"] },
    deadCount: { access: "read", dtype: "u32", dims: [1] },
    rowOffsets: { access: "write", dtype: "u32", dims: ["B+1"] },
    indices: { access: "write", dtype: "u32", dims: ["K"] },
    values: { access: "write", dtype: "f32", dims: ["K"] },
  },
  reference(arrays, { B, d }, { k, rectified }) {
    const { input, encoder, encoderBias, dead, deadCount, rowOffsets, indices, values } = arrays;
    const latents = dead.subarray(0, deadCount[0]);
    let entry = 0;
    for (let b = 0; b < B; b++) {
      rowOffsets[b] = entry;
      const row = Array.from(latents, (i) => {
        let pre = encoderBias[i];
        for (let l = 0; l < d; l++) pre += input[b * d + l] * encoder[i * d + l];
        return { i, pre };
      }).filter(({ pre }) => !rectified || pre > 0);
      const kept = row.sort((one, other) => other.pre - one.pre || one.i - other.i).slice(0, k);
      for (const { i, pre } of kept.sort((one, other) => one.i - other.i)) {
        indices[entry] = i;
        values[entry++] = pre;
      }
    }
    rowOffsets[B] = entry;
  },
};
