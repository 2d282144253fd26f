/**
 * Writes zip files with stored entries.
 *
 * @module
 */
import { crc32 } from "../../base/crc32.ts";

/** 1980-01-01, the earliest date: the same entries must give the same bytes. */
const DATE = 0x21;

/**
 * Encodes a zip file with these entries, stored in their order. The same entries give the same bytes.
 *
 * @throws {RangeError} if it would need zip64: from 4 GiB or 65,535 entries on.
 */
export function encodeZip(
  entries: readonly (readonly [name: string, bytes: Uint8Array])[],
): Uint8Array {
  const named = entries.map(([name, bytes]) => ({ name: new TextEncoder().encode(name), bytes }));
  const body = named.reduce((sum, { name, bytes }) => sum + 30 + name.length + bytes.length, 0);
  const directory = named.reduce((sum, { name }) => sum + 46 + name.length, 0);
  if (body + directory + 22 >= 0xffffffff || named.length >= 0xffff) {
    throw new RangeError(
      `Cannot encode the zip file: ${named.length} entries of ${body} bytes are beyond 65534 and 4 GiB`,
    );
  }
  const out = new Uint8Array(body + directory + 22);
  const view = new DataView(out.buffer);
  let at = 0;
  let record = body;
  for (const { name, bytes } of named) {
    const crc = crc32(bytes);
    // Both headers have the fields from "version needed" to "extra length".
    const common = (to: number) => {
      view.setUint16(to, 20, true);
      view.setUint16(to + 2, 0x800, true);
      view.setUint16(to + 8, DATE, true);
      view.setUint32(to + 10, crc, true);
      view.setUint32(to + 14, bytes.length, true);
      view.setUint32(to + 18, bytes.length, true);
      view.setUint16(to + 22, name.length, true);
    };
    view.setUint32(record, 0x02014b50, true);
    view.setUint16(record + 4, 20, true);
    common(record + 6);
    view.setUint32(record + 42, at, true);
    out.set(name, record + 46);
    record += 46 + name.length;
    view.setUint32(at, 0x04034b50, true);
    common(at + 4);
    out.set(name, at + 30);
    out.set(bytes, at + 30 + name.length);
    at += 30 + name.length + bytes.length;
  }
  view.setUint32(record, 0x06054b50, true);
  view.setUint16(record + 8, named.length, true);
  view.setUint16(record + 10, named.length, true);
  view.setUint32(record + 12, directory, true);
  view.setUint32(record + 16, body, true);
  return out;
}
