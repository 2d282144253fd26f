/**
 * Writes files of sparse codes.
 *
 * @module
 */
import { checkObject } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import { checkCodes, type SparseCodes } from "../../model/codes.ts";
import { type ByteSource, joinBytes, readExactly } from "../sources/bytes.ts";
import {
  CODES_FORMAT,
  CODES_VERSION,
  codesArrays,
  type CodesOrigin,
  type CodesSize,
  WIDE_OFFSETS,
} from "./codes_layout.ts";

const ORIGIN_KEYS = /* @__PURE__ */ Object.keys(
  { autoencoder: true, createdBy: true } satisfies Record<keyof CodesOrigin, true>,
);

/** Returns the beginning of a file of codes, up to the first array. */
export function codesHead(size: CodesSize, { autoencoder, createdBy }: CodesOrigin): Uint8Array {
  let end = 0;
  const entries = codesArrays(size).map(({ name, dtype, length, bytes }) => {
    const begin = end;
    end += length * bytes;
    return [name, { dtype, shape: [length], data_offsets: [begin, end] }] as const;
  });
  const metadata = {
    format: CODES_FORMAT,
    version: CODES_VERSION,
    latentCount: `${size.latentCount}`,
    ...(autoencoder === undefined ? {} : { autoencoder }),
    ...(createdBy === undefined ? {} : { createdBy }),
  };
  const header = { __metadata__: metadata, ...Object.fromEntries(entries) };
  const json = new TextEncoder().encode(JSON.stringify(header));
  // The arrays begin at a multiple of 8 bytes, the widest first, so that each is aligned.
  const head = new Uint8Array(Math.ceil((8 + json.length) / 8) * 8);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.fill(0x20, 8).set(json, 8);
  return head;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * Encodes a file of sparse codes: safetensors with the three arrays that SciPy's `csr_matrix` takes, `rowOffsets`
 * [B + 1] (its `indptr`), `indices` and `values` (its `data`). If rows were normalised, `rowScale` and `rowShift`
 * [B] scale reconstructions back. The metadata holds `latentCount`, and `autoencoder` and `createdBy` if they are
 * given. The same codes give the same bytes.
 *
 * @param codes the codes that an autoencoder returned.
 * @param origin the autoencoder and the program that made them.
 * @throws {RangeError} if the codes are not well formed.
 * @throws {TypeError} if an argument has the wrong type, or `origin` has an unknown key.
 *
 * @example
 * ```ts
 * import { codesFromDense, readCodes, sourceFromBytes, writeCodes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = codesFromDense(2, 3, new Float32Array([0, 2, 0, 0, 0, 3]));
 * assertEquals(await readCodes(sourceFromBytes(writeCodes(codes))), codes);
 * ```
 */
export function writeCodes(codes: SparseCodes, origin: CodesOrigin = {}): Uint8Array {
  checkCodes(codes, "write codes");
  checkObject(origin, "origin", "write codes");
  checkKeys(origin, ORIGIN_KEYS, "write codes");
  const { rows, latentCount, rowOffsets, indices, values, rowUnits } = codes;
  const size = { rows, latentCount, entries: values.length, normalized: rowUnits !== undefined };
  const arrays = [rowOffsets, indices, values];
  if (rowUnits) arrays.push(rowUnits.scale, rowUnits.shift);
  return joinBytes([codesHead(size, origin), ...arrays.map(bytesOf)]);
}

/** The parts of a file of codes that was written batch by batch. */
export interface CodesParts {
  /** The number of entries of each row, U32: [B]. */
  readonly counts: ByteSource;
  /** The latent of each entry, U32. */
  readonly indices: ByteSource;
  /** The activation of each entry, F32. */
  readonly values: ByteSource;
  /** The units of normalised rows, F32: [B] each. */
  readonly units?: readonly [scale: ByteSource, shift: ByteSource];
}

const CHUNK_BYTES = 4 << 20;

/**
 * Yields the bytes of a file of sparse codes in chunks of a few megabytes, for codes that do not fit into memory:
 * the counts, indices and values of all rows come from byte sources, such as temporary files. The bytes are
 * those of {@linkcode writeCodes}.
 *
 * @param latentCount N.
 * @param parts the arrays, without their headers.
 * @param origin who made the codes.
 *
 * @example
 * ```ts
 * import { codesFileChunks, codesFromDense, sourceFromBytes, writeCodes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = codesFromDense(2, 3, new Float32Array([0, 2, 0, 0, 0, 3]));
 * const source = (values: Uint32Array | Float32Array) =>
 *   sourceFromBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
 * const parts = {
 *   counts: source(Uint32Array.of(1, 1)),
 *   indices: source(codes.indices),
 *   values: source(codes.values),
 * };
 * const chunks = await Array.fromAsync(codesFileChunks(3, parts, {}));
 * assertEquals(chunks.flatMap((chunk) => [...chunk]), [...writeCodes(codes)]);
 * ```
 */
export async function* codesFileChunks(
  latentCount: number,
  { counts, indices, values, units }: CodesParts,
  origin: CodesOrigin,
): AsyncGenerator<Uint8Array, void, void> {
  const rows = counts.size / 4;
  const entries = values.size / 4;
  yield codesHead({ rows, latentCount, entries, normalized: units !== undefined }, origin);
  const wide = entries >= WIDE_OFFSETS;
  yield new Uint8Array(wide ? 8 : 4);
  yield* offsetChunks(counts, wide);
  for (const part of [indices, values, ...units ?? []]) yield* partChunks(part);
}

/** Yields the bytes of a part in chunks of a few megabytes. */
export async function* partChunks(part: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < part.size; at += CHUNK_BYTES) {
    yield await readExactly(part, at, Math.min(CHUNK_BYTES, part.size - at));
  }
}

/** Yields the offsets at the ends of the rows with these counts, if the first of them begins at entry `sum`. */
export async function* offsetChunks(
  counts: ByteSource,
  wide: boolean,
  sum = 0,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of partChunks(counts)) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const length = chunk.length / 4;
    const offsets = new Uint8Array(length * (wide ? 8 : 4));
    const into = new DataView(offsets.buffer);
    for (let i = 0; i < length; i++) {
      sum += view.getUint32(4 * i, true);
      if (wide) into.setBigUint64(8 * i, BigInt(sum), true);
      else into.setUint32(4 * i, sum, true);
    }
    yield offsets;
  }
}
