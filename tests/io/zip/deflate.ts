/** Zips with deflated entries, and with what no honest program writes. */
import { crc32 } from "../../../src/base/crc32.ts";

/** The bytes as a raw deflate stream. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** An entry of which every field can be wrong. */
export interface OddEntry {
  name: string;
  localName?: string;
  bytes: Uint8Array;
  method?: number;
  flags?: number;
  /** What the directory announces. */
  size?: number;
  compressed?: number;
  crc?: number;
  offset?: number;
}

/** A zip of such entries; `size` and `crc` are those of the bytes unless given. */
export function oddZip(
  entries: OddEntry[],
  change: (eocd: DataView) => void = () => {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const { bytes, method = 0, flags = 0, size = bytes.length, compressed = bytes.length } = entry;
    const crc = entry.crc ?? crc32(bytes);
    const common = (view: DataView, to: number, name: Uint8Array) => {
      view.setUint16(to, 20, true);
      view.setUint16(to + 2, flags, true);
      view.setUint16(to + 4, method, true);
      view.setUint32(to + 10, crc, true);
      view.setUint32(to + 14, compressed, true);
      view.setUint32(to + 18, size, true);
      view.setUint16(to + 22, name.length, true);
    };
    const name = new TextEncoder().encode(entry.name);
    const localName = new TextEncoder().encode(entry.localName ?? entry.name);
    const local = new Uint8Array(30 + localName.length);
    const record = new Uint8Array(46 + name.length);
    const [l, r] = [new DataView(local.buffer), new DataView(record.buffer)];
    l.setUint32(0, 0x04034b50, true);
    common(l, 4, localName);
    local.set(localName, 30);
    r.setUint32(0, 0x02014b50, true);
    common(r, 6, name);
    r.setUint32(42, entry.offset ?? at, true);
    record.set(name, 46);
    parts.push(local, bytes);
    directory.push(record);
    at += local.length + bytes.length;
  }
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries.length, true);
  view.setUint16(10, entries.length, true);
  view.setUint32(12, directory.reduce((sum, { length }) => sum + length, 0), true);
  view.setUint32(16, at, true);
  change(view);
  const all = [...parts, ...directory, end];
  const out = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
