import type { Kernel } from "./kernel.ts";

/**
 * Sorts sparse codes by latent. The rows (ascending) and values of latent i are the entries
 * latentOffsets[i] … latentOffsets[i+1] − 1 of `latentRows` and `latentValues`:
 *
 *     rowOffsets [B+1], indices [K], values [K]  →  latentOffsets [N+1], latentRows [K], latentValues [K]
 *
 * It is a counting sort, so the order is fixed. Entries past the last code are unspecified.
 *
 * Why: one visit per latent then finds everything its gradients need, rows in order, without atomics.
 */
export const codesByLatent: Kernel<
  {
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    latentOffsets: "u32";
    latentRows: "u32";
    latentValues: "f32";
  },
  "B" | "N" | "K",
  Record<never, never>
> = {
  id: "codesByLatent",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    indices: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    latentOffsets: { access: "write", dtype: "u32", dims: ["N+1"] },
    latentRows: { access: "write", dtype: "u32", dims: ["K"] },
    latentValues: { access: "write", dtype: "f32", dims: ["K"] },
  },
  reference(
    { rowOffsets, indices, values, latentOffsets, latentRows, latentValues },
    { B, N },
  ) {
    latentOffsets.fill(0);
    for (let e = 0; e < rowOffsets[B]; e++) latentOffsets[indices[e] + 1]++;
    for (let i = 0; i < N; i++) latentOffsets[i + 1] += latentOffsets[i];
    const next = latentOffsets.slice(0, N);
    for (let b = 0; b < B; b++) {
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        const place = next[indices[e]]++;
        latentRows[place] = b;
        latentValues[place] = values[e];
      }
    }
  },
};
