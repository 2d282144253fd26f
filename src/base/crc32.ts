/**
 * CRC-32, the checksum of zip files, checkpoints and shuffles.
 *
 * @module
 */

// Four tables, so that the four look-ups of a loop over four bytes are independent. Made at first use.
let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const made = Array.from({ length: 4 }, () => new Uint32Array(256));
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    made[0][n] = c >>> 0;
  }
  for (let t = 1; t < 4; t++) {
    for (let n = 0; n < 256; n++) {
      const c = made[t - 1][n];
      made[t][n] = (made[0][c & 255] ^ (c >>> 8)) >>> 0;
    }
  }
  return made;
}

/**
 * Returns the CRC-32 of bytes (polynomial 0xEDB88320, as in zip, gzip and PNG). To continue a checksum, pass that of
 * the bytes so far as `before`.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = tables ??= makeTables();
  let c = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    c ^= bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    c = t3[c & 255] ^ t2[(c >>> 8) & 255] ^ t1[(c >>> 16) & 255] ^ t0[c >>> 24];
  }
  for (; i < bytes.length; i++) c = t0[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
