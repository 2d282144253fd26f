/**
 * Reads zip files from untrusted sources: stored and deflated entries, zip64.
 *
 * @module
 */
import { crc32 } from "../../base/crc32.ts";
import { type ByteSource, checkByteRange, readExactly, sourceFromBytes } from "../sources/bytes.ts";
import { DEFLATE_RATIO, InflatingReader } from "./inflate.ts";
import { readZipDirectory, type ZipRecord } from "./zip_directory.ts";

/** One entry of a zip file. */
export interface ZipEntry {
  /** Its name, a relative path with slashes. */
  readonly name: string;
  /** Its bytes. A deflated entry is inflated from its beginning at each read, as far as it is read. */
  readonly source: ByteSource;
  /** Makes a reader that goes on inflating where its last read ended; undefined if the entry is stored. */
  readonly inflating?: () => InflatingReader;
}

/** Options of {@linkcode readZip}. */
export interface ZipOptions {
  /** The most bytes that all deflated entries may announce together, by default as many as are possible. */
  readonly inflatedLimit?: number;
}

/** Weights hardly compress: a file with all its entries in memory may take 32 times its length, or 64 MiB. */
export const inflatedLimit = ({ size }: ByteSource): number =>
  Math.min(2 ** 32, Math.max(64 * 2 ** 20, 32 * size));

/**
 * Reads the directory of a zip file and returns its entries by name, in their order. An entry is inflated only when
 * it is read, and only as far as it is read.
 *
 * @throws {RangeError} if a length, an offset or a name is impossible, entries overlap or share a name, or they
 * would inflate beyond the limit.
 * @throws {TypeError} if the file is not a zip file, or an entry is encrypted or compressed by another method.
 */
export async function readZip(
  source: ByteSource,
  { inflatedLimit = Infinity }: ZipOptions = {},
): Promise<Map<string, ZipEntry>> {
  const { records, directory } = await readZipDirectory(source);
  const entries = new Map<string, ZipEntry>();
  let inflated = 0;
  const ranges: { name: string; begin: number; end: number }[] = [];
  for (const record of records) {
    const subject = `${JSON.stringify(record.name).slice(1, -1)} of ${source.name}`;
    const bad = (why: string) => new RangeError(`Cannot read ${subject}: ${why}`);
    const offset = await checkLocalHeader(source, record, directory, subject);
    const end = offset + record.compressed;
    if (end > directory) {
      throw bad(`it ends at byte ${end} but the directory begins at ${directory}`);
    }
    ranges.push({ name: subject, begin: record.offset, end });
    if (record.method === 0 && record.size !== record.compressed) {
      throw bad(`it is stored in ${record.compressed} bytes but announces ${record.size}`);
    }
    if (record.method === 8) {
      inflated += record.size;
      const most = record.compressed * DEFLATE_RATIO;
      if (record.size > most) {
        throw bad(
          `it announces ${record.size} bytes but ${record.compressed} compressed ones give at most ${most}`,
        );
      }
      if (inflated > inflatedLimit) {
        throw new RangeError(
          `Cannot read ${source.name}: its entries inflate to ${inflated} bytes or more, ` +
            `but for a file of ${source.size} bytes the limit is ${inflatedLimit}`,
        );
      }
    }
    entries.set(record.name, open(source, record, offset, subject));
  }
  ranges.sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < ranges.length; i++) {
    const [before, after] = [ranges[i - 1], ranges[i]];
    if (after.begin >= before.end) continue;
    throw new RangeError(
      `Cannot read ${after.name}: it begins at byte ${after.begin} but ${before.name} ends at ${before.end}`,
    );
  }
  return entries;
}

/** Checks that the header before an entry's bytes agrees with the directory, and returns where the bytes begin. */
async function checkLocalHeader(
  source: ByteSource,
  record: ZipRecord,
  directory: number,
  subject: string,
): Promise<number> {
  const bad = (why: string) => new RangeError(`Cannot read ${subject}: ${why}`);
  if (record.offset + 30 > directory) {
    throw bad(`its header is at byte ${record.offset} but the directory begins at ${directory}`);
  }
  const head = await readExactly(source, record.offset, 30);
  const view = new DataView(head.buffer, head.byteOffset, 30);
  if (view.getUint32(0, true) !== 0x04034b50) {
    throw bad(`it has no header at byte ${record.offset}`);
  }
  const nameLength = view.getUint16(26, true);
  const begin = record.offset + 30 + nameLength + view.getUint16(28, true);
  if (begin > directory) {
    throw bad(`its header ends at byte ${begin} but the directory begins at ${directory}`);
  }
  const name = await readExactly(source, record.offset + 30, nameLength);
  if (name.length !== record.nameBytes.length || name.some((b, i) => b !== record.nameBytes[i])) {
    throw bad("its name in the header differs from that in the directory");
  }
  const flags = view.getUint16(6, true);
  const method = view.getUint16(8, true);
  if (method !== record.method || (flags & 1) !== 0) {
    throw bad("its method in the header differs from that in the directory");
  }
  // Bit 3 says that the checksum follows the bytes, because the writer did not know it before.
  const crc = view.getUint32(14, true);
  if ((flags & 8) === 0 && crc !== record.crc) {
    throw bad(`its header gives the checksum ${crc} but the directory ${record.crc}`);
  }
  return begin;
}

function open(source: ByteSource, record: ZipRecord, offset: number, subject: string): ZipEntry {
  const { name, size, compressed, method, crc } = record;
  if (method === 0) return { name, source: stored(source, record, offset, subject) };
  const inflating = () =>
    new InflatingReader(source, { offset, length: compressed, size, crc }, subject);
  const read = async (from: number, length: number) => {
    const reader = inflating();
    try {
      return await reader.read(from, length);
    } finally {
      await reader.close();
    }
  };
  return { name, source: { name: subject, size, read }, inflating };
}

/** Returns a source over the bytes of a stored entry. A read of all of them checks the checksum. */
function stored(
  source: ByteSource,
  { size, crc }: ZipRecord,
  offset: number,
  name: string,
): ByteSource {
  return {
    name,
    size,
    async read(from: number, length: number): Promise<Uint8Array> {
      checkByteRange(name, size, from, length);
      const bytes = await readExactly(source, offset + from, length);
      if (length !== size) return bytes;
      const found = crc32(bytes);
      if (found === crc) return bytes;
      throw new RangeError(`Cannot read ${name}: its checksum is ${found} but must be ${crc}`);
    },
  };
}

/** Reads all bytes of an entry, checks them and keeps them in memory. */
export async function readWhole({ source }: ZipEntry): Promise<ByteSource> {
  return sourceFromBytes(await readExactly(source, 0, source.size), source.name);
}
