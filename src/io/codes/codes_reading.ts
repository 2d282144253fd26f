/**
 * Reads files of sparse codes.
 *
 * @module
 */
import { thereAre } from "../../base/counts.ts";
import { firstBeyond } from "../../base/checks.ts";
import { checkCodes, type SparseCodes } from "../../model/codes.ts";
import { type ByteSource, readExactly } from "../sources/bytes.ts";
import {
  CODES_ARRAYS,
  CODES_FORMAT,
  CODES_VERSION,
  type CodesArray,
  codesArrays,
  type CodesOrigin,
  type CodesSize,
} from "./codes_layout.ts";
import { checkRows, type RowRange } from "../arrays/float_rows.ts";
import { readSafetensorsHeader, type SafetensorsEntry } from "../arrays/safetensors.ts";

/** The header of a file of codes. */
export interface CodesHeader extends CodesSize, CodesOrigin {
  /** The positions of its arrays. */
  readonly arrays: ReadonlyMap<string, SafetensorsEntry>;
}

/**
 * Reads and checks the header of a file that `writeCodes` or the command `encode` wrote.
 *
 * @throws {RangeError} if an array is missing, its length does not match the others, or a length or offset is
 * impossible.
 * @throws {TypeError} if the file does not hold codes.
 *
 * @example
 * ```ts
 * import { codesFromDense, readCodesHeader, sourceFromBytes, writeCodes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const file = writeCodes(codesFromDense(2, 3, new Float32Array([0, 2, 0, 0, 0, 3])));
 * const { rows, latentCount, entries } = await readCodesHeader(sourceFromBytes(file));
 * assertEquals([rows, latentCount, entries], [2, 3, 2]);
 * ```
 */
export async function readCodesHeader(source: ByteSource): Promise<CodesHeader> {
  const { tensors, metadata } = await readSafetensorsHeader(source);
  const task = `read the codes of ${source.name}`;
  const { format, version, autoencoder, createdBy } = metadata;
  if (format !== CODES_FORMAT || version !== CODES_VERSION) {
    throw new TypeError(
      `Cannot ${task}: its format must be "${CODES_FORMAT}" version ${CODES_VERSION} but is ` +
        (format === undefined ? "not given" : `"${format}" version ${version}`),
    );
  }
  const latentCount = Number(metadata.latentCount);
  if (!/^[1-9]\d*$/.test(metadata.latentCount ?? "") || !Number.isSafeInteger(latentCount)) {
    throw new RangeError(
      `Cannot ${task}: its metadata latentCount must be an integer of at least 1 but is ` +
        (JSON.stringify(metadata.latentCount) ?? "missing"),
    );
  }
  for (const name of tensors.keys()) {
    if (CODES_ARRAYS.includes(name as CodesArray)) continue;
    throw new RangeError(
      `Cannot ${task}: it has an array ${JSON.stringify(name).slice(0, 80)}, but codes have ` +
        CODES_ARRAYS.join(", "),
    );
  }
  const size = {
    rows: lengthOf(tensors, "rowOffsets", task) - 1,
    latentCount,
    entries: lengthOf(tensors, "values", task),
    normalized: tensors.has("rowScale") || tensors.has("rowShift"),
  };
  for (const { name, dtype, length } of codesArrays(size)) {
    const found = tensors.get(name);
    if (found?.dtype === dtype && `${found.shape}` === `${length}`) continue;
    throw new RangeError(
      `Cannot ${task}: ${name} must be ${dtype} [${length}] but is ` +
        (found ? `${found.dtype} [${found.shape}]` : "missing"),
    );
  }
  return { ...size, autoencoder, createdBy, arrays: tensors };
}

function lengthOf(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  name: CodesArray,
  task: string,
): number {
  const shape = tensors.get(name)?.shape;
  const least = name === "rowOffsets" ? 1 : 0;
  if (shape?.length === 1 && shape[0] >= least) return shape[0];
  throw new RangeError(
    `Cannot ${task}: ${name} must have one dimension of at least ${least} but is ` +
      (shape ? `[${shape}]` : "missing"),
  );
}

/**
 * Reads the codes of a file, or of some of its rows; the other rows are not read.
 *
 * @param source a file that `writeCodes` or the command `encode` wrote.
 * @param rows the rows to read, by default all.
 * @param header what {@linkcode readCodesHeader} returned for this source; by default it is read again.
 * @throws {RangeError} if the file lacks the rows, they have 2³² entries or more, offsets decrease, an index is
 * not below latentCount or a value is not finite; and as {@linkcode readCodesHeader}.
 * @throws {TypeError} if the file does not hold codes.
 *
 * @example
 * ```ts
 * import { codesFromDense, readCodes, sourceFromBytes, writeCodes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const file = writeCodes(codesFromDense(2, 3, new Float32Array([0, 2, 0, 0, 0, 3])));
 * const second = await readCodes(sourceFromBytes(file), { from: 1 });
 * assertEquals([...second.rowOffsets, ...second.indices, ...second.values], [0, 1, 2, 3]);
 * ```
 */
export async function readCodes(
  source: ByteSource,
  rows?: RowRange,
  header?: CodesHeader,
): Promise<SparseCodes> {
  const { rows: all, latentCount, entries, normalized, arrays } = header ??
    await readCodesHeader(source);
  const task = `read the codes of ${source.name}`;
  const { from, to } = checkRows(source.name, all, rows);
  const read = async (name: CodesArray, first: number, end: number) => {
    const { offset, dtype } = arrays.get(name)!;
    const width = dtype === "I64" ? 8 : 4;
    const bytes = await readExactly(source, offset + first * width, (end - first) * width);
    return bytes.slice().buffer;
  };
  const offsets = arrays.get("rowOffsets")!.dtype === "I64"
    ? Float64Array.from(new BigInt64Array(await read("rowOffsets", from, to + 1)), Number)
    : new Uint32Array(await read("rowOffsets", from, to + 1));
  const first = offsets[0];
  const last = offsets[to - from];
  const place = (bad: string) => new RangeError(`Cannot ${task}: ${bad}`);
  if (from === 0 && first !== 0) throw place(`rowOffsets must start at 0 but start at ${first}`);
  if (to === all && last !== entries) {
    throw place(`rowOffsets end at ${last} but ${thereAre(entries, "entry", "entries")}`);
  }
  for (let b = 0; b < to - from; b++) {
    if (offsets[b] <= offsets[b + 1]) continue;
    throw place(`rowOffsets fall from ${offsets[b]} to ${offsets[b + 1]} at row ${from + b}`);
  }
  if (!(first >= 0 && last <= entries)) {
    throw place(`rows ${from} to ${to} are entries ${first} to ${last} but there are ${entries}`);
  }
  if (last - first >= 2 ** 32) {
    throw place(`rows ${from} to ${to} have ${last - first} entries, more than 2³² − 1 at once`);
  }
  const codes = {
    rows: to - from,
    latentCount,
    rowOffsets: Uint32Array.from(offsets, (offset) => offset - first),
    indices: new Uint32Array(await read("indices", first, last)),
    values: new Float32Array(await read("values", first, last)),
    ...(normalized
      ? {
        rowUnits: {
          scale: new Float32Array(await read("rowScale", from, to)),
          shift: new Float32Array(await read("rowShift", from, to)),
        },
      }
      : {}),
  };
  checkCodes(codes, task);
  const bad = firstBeyond(codes.values);
  if (bad >= 0) throw place(`entry ${first + bad} is ${codes.values[bad]}`);
  return codes;
}
