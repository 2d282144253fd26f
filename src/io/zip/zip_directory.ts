/**
 * Reads the directory at the end of a zip file.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";

/** The record of an entry in the directory. */
export interface ZipRecord {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** 0: stored, 8: deflated. */
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** The position of its local header. */
  readonly offset: number;
}

// Files of weights have a dozen entries.
const MAXIMUM_ENTRIES = 4096;
const MAXIMUM_DIRECTORY = 2 ** 22;
/** Says that a number stands in the zip64 extra field. */
const FULL = 0xffffffff;

/** Reads the directory, and returns where it begins: all entries must end before. */
export async function readZipDirectory(
  source: ByteSource,
): Promise<{ records: ZipRecord[]; directory: number }> {
  const bad = (why: string) => new RangeError(`Cannot read ${source.name}: ${why}`);
  const { count, length, offset } = await findDirectory(source);
  if (count > MAXIMUM_ENTRIES || length > MAXIMUM_DIRECTORY) {
    throw bad(
      `its directory has ${count} entries in ${length} bytes but the limits are ` +
        `${MAXIMUM_ENTRIES} and ${MAXIMUM_DIRECTORY}`,
    );
  }
  const bytes = await readExactly(source, offset, length);
  const records: ZipRecord[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < length) {
    const record = parseRecord(bytes.subarray(at), source.name);
    at += record.length;
    if (names.has(record.name)) throw bad(`it has two entries ${JSON.stringify(record.name)}`);
    names.add(record.name);
    records.push(record);
  }
  if (records.length !== count) {
    throw bad(`its directory has ${records.length} entries but announces ${count}`);
  }
  return { records, directory: offset };
}

async function findDirectory(
  source: ByteSource,
): Promise<{ count: number; length: number; offset: number }> {
  const { name, size } = source;
  const bad = (why: string) => new RangeError(`Cannot read ${name}: ${why}`);
  const tailAt = Math.max(0, size - 22 - 65535);
  const tail = await readExactly(source, tailAt, size - tailAt);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  let end = tail.length - 22;
  while (end >= 0) {
    const signed = view.getUint32(end, true) === 0x06054b50;
    if (signed && end + 22 + view.getUint16(end + 20, true) === tail.length) break;
    end--;
  }
  if (end < 0) {
    throw new TypeError(
      `Cannot read ${name}: it has no zip directory at its end; it may be cut off`,
    );
  }
  let count = view.getUint16(end + 10, true);
  let length = view.getUint32(end + 12, true);
  let offset = view.getUint32(end + 16, true);
  let begin = tailAt + end;
  const parts = [view.getUint16(end + 4, true), view.getUint16(end + 6, true)];
  if (parts.some((part) => part !== 0 && part !== 0xffff)) {
    throw bad("it is one part of a split zip file");
  }
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    begin = safe(view.getBigUint64(locator + 8, true), name);
    if (begin + 56 > tailAt + locator) {
      throw bad(`its zip64 record at byte ${begin} is not before byte ${tailAt + locator}`);
    }
    const head = await readExactly(source, begin, 56);
    const wide = new DataView(head.buffer, head.byteOffset, 56);
    if (wide.getUint32(0, true) !== 0x06064b50) {
      throw bad(`it has no zip64 record at byte ${begin}`);
    }
    const found = [32, 40, 48].map((at) => safe(wide.getBigUint64(at, true), name));
    const narrow = [count, length, offset];
    const full = [0xffff, FULL, FULL];
    narrow.forEach((value, i) => {
      if (value === full[i] || value === found[i]) return;
      throw bad(`its directory is given twice, as [${narrow}] and as [${found}]`);
    });
    [count, length, offset] = found;
  }
  if (offset + length !== begin) {
    throw bad(`its directory ends at byte ${offset + length} but must at ${begin}`);
  }
  return { count, length, offset };
}

function safe(value: bigint, name: string): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new RangeError(`Cannot read ${name}: it gives the length or offset ${value}`);
}

function parseRecord(bytes: Uint8Array, file: string): ZipRecord & { length: number } {
  const bad = (why: string) => new RangeError(`Cannot read ${file}: ${why}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 46 || view.getUint32(0, true) !== 0x02014b50) {
    throw bad("an entry of its directory is cut off or has no signature");
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) =>
    view.getUint16(at, true)
  );
  const length = 46 + nameLength + extraLength + commentLength;
  if (length > bytes.length) throw bad("an entry of its directory is cut off");
  const nameBytes = bytes.subarray(46, 46 + nameLength);
  const name = decodeName(nameBytes, file);
  const flags = view.getUint16(8, true);
  const method = view.getUint16(10, true);
  const wrong = (why: string) =>
    new TypeError(`Cannot read ${JSON.stringify(name).slice(1, -1)} of ${file}: ${why}`);
  if ((flags & 0x2041) !== 0) throw wrong("it is encrypted");
  if (method !== 0 && method !== 8) {
    throw wrong(`its compression method is ${method} but must be 0 (stored) or 8 (deflated)`);
  }
  const extra = bytes.subarray(46 + nameLength, 46 + nameLength + extraLength);
  const [size, compressed, offset] = widen(
    [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)],
    extra,
    file,
  );
  return {
    name,
    nameBytes,
    method,
    crc: view.getUint32(16, true),
    size,
    compressed,
    offset,
    length,
  };
}

/** Replaces the numbers that do not fit into 32 bits by those of the zip64 extra field. */
function widen(numbers: number[], extra: Uint8Array, file: string): number[] {
  if (!numbers.includes(FULL)) return numbers;
  const bad = new RangeError(`Cannot read ${file}: the zip64 numbers of an entry are cut off`);
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extra.length) throw bad;
    if (view.getUint16(at, true) === 1) {
      at += 4;
      return numbers.map((number) => {
        if (number !== FULL) return number;
        if (at + 8 > end) throw bad;
        at += 8;
        return safe(view.getBigUint64(at - 8, true), file);
      });
    }
    at = end;
  }
  throw bad;
}

/** Decodes a name, and checks that it stays within the folder that it would be unpacked to. */
function decodeName(bytes: Uint8Array, file: string): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError(`Cannot read ${file}: the name of an entry is not UTF-8`, { cause });
  }
  const parts = name.split("/");
  // deno-lint-ignore no-control-regex -- control characters are what must not be in a name
  const odd = /[\x00-\x1f\\:]/.test(name);
  const good = !odd && name !== "" && parts[0] !== "" &&
    !parts.some((p) => p === ".." || p === ".");
  if (good) return name;
  const given = JSON.stringify(name).slice(0, 80);
  throw new RangeError(`Cannot read ${file}: its entry ${given} is not a plain relative path`);
}
