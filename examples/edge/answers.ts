import type { SparseCodes } from "@matryoshka/sae/wasm";

/** A format in which codes are written, one chunk of rows after the other. */
export interface Answer {
  readonly contentType: string;
  /** Returns the bytes before the first chunk. */
  head(rows: number, latentCount: number): Uint8Array;
  /** Returns the bytes of a chunk. */
  chunk(codes: SparseCodes, first: boolean): Uint8Array;
  /** Returns the bytes after the last chunk. */
  tail(): Uint8Array;
}

/**
 * Writes the `top` most active latents of each row as JSON, the lower index first on a tie:
 * `{"latentCount":N,"rows":[{"latents":[…],"activations":[…]},…]}`.
 */
export function topLatents(top: number): Answer {
  const encoder = new TextEncoder();
  return {
    contentType: "application/json",
    head: (_, latentCount) => encoder.encode(`{"latentCount":${latentCount},"rows":[`),
    chunk(codes, first) {
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
  // The entries of a row ascend by latent, and the sort is stable.
  const most = entries.sort((e, f) => values[f] - values[e]).slice(0, top);
  return JSON.stringify({
    latents: most.map((e) => indices[e]),
    // Nine digits identify every float32, and are shorter than the digits of the same value in float64.
    activations: most.map((e) => Number(values[e].toPrecision(9))),
  });
}

/** The first bytes of a binary answer. */
export const CODES_MAGIC = "SAEcodes";

/**
 * Writes all codes as little-endian words of 4 bytes:
 *
 *     head    "SAEcodes"  rows  latentCount  hasUnits (1 or 0)
 *     chunk   rows b  entries n  ends [b]  latents [n]  activations [n]  (scale [b]  shift [b])
 *
 * Chunks follow until they hold as many rows as the head says. `ends` holds where the entries of each row end within
 * the chunk. Integers are uint32; activations, scales and shifts are float32. Scale and shift are present
 * only if the autoencoder normalises rows, which sets hasUnits.
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
    chunk({ rows, rowOffsets, indices, values, rowUnits }) {
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

/** Returns the bytes of arrays, one after the other. */
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
