import type { SparseCodes } from "@matryoshka/sae/wasm";

/** How codes are written, block of rows by block of rows. */
export interface Answer {
  readonly contentType: string;
  /** What comes before the first block. */
  head(rows: number, latentCount: number): Uint8Array;
  /** One block; `first` where none came before. */
  block(codes: SparseCodes, first: boolean): Uint8Array;
  /** What comes after the last block. */
  tail(): Uint8Array;
}

/**
 * The `top` latents that are most active in each row, the lower index first on a tie:
 * `{"latentCount":N,"rows":[{"latents":[…],"activations":[…]},…]}`.
 */
export function topLatents(top: number): Answer {
  const encoder = new TextEncoder();
  return {
    contentType: "application/json",
    head: (_, latentCount) => encoder.encode(`{"latentCount":${latentCount},"rows":[`),
    block(codes, first) {
      const rows = Array.from({ length: codes.rows }, (_, b) => topOfRow(codes, b, top));
      return encoder.encode((first ? "\n" : ",\n") + rows.join(",\n"));
    },
    tail: () => encoder.encode("\n]}\n"),
  };
}

function topOfRow({ rowOffsets, indices, values }: SparseCodes, b: number, top: number): string {
  const entries = Array.from({ length: rowOffsets[b + 1] - rowOffsets[b] }, (_, e) => {
    return rowOffsets[b] + e;
  });
  // Entries of a row ascend by latent, and the sort is stable.
  const most = entries.sort((e, f) => values[f] - values[e]).slice(0, top);
  return JSON.stringify({
    latents: most.map((e) => indices[e]),
    // Nine digits give every float32 back, and are fewer than those of the same value in float64.
    activations: most.map((e) => Number(values[e].toPrecision(9))),
  });
}

/** The first bytes of an answer in binary. */
export const CODES_MAGIC = "SAEcodes";

/**
 * Everything, as little-endian words of 4 bytes:
 *
 *     head    "SAEcodes"  rows  latentCount  hasUnits (1 or 0)
 *     block   rows b  entries n  ends [b]  latents [n]  activations [n]  (scale [b]  shift [b])
 *
 * Blocks follow until their rows make up those of the head. `ends` are where the entries of each row end
 * within the block. Integers are uint32, activations, scales and shifts float32; the last two are there
 * for autoencoders that normalise their rows.
 */
export function sparseCodes(hasUnits: boolean): Answer {
  return {
    contentType: "application/octet-stream",
    head(rows, latentCount) {
      return joined([
        new TextEncoder().encode(CODES_MAGIC),
        Uint32Array.of(rows, latentCount, Number(hasUnits)),
      ]);
    },
    block({ rows, rowOffsets, indices, values, rowUnits }) {
      return joined([
        Uint32Array.of(rows, values.length),
        rowOffsets.subarray(1),
        indices,
        values,
        ...(rowUnits ? [rowUnits.scale, rowUnits.shift] : []),
      ]);
    },
    tail: () => new Uint8Array(),
  };
}

/** The bytes of arrays, one after the other. */
export function joined(
  parts: readonly (Uint8Array | Uint32Array | Float32Array)[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  return bytes;
}
