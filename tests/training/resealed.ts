/** Checkpoints that were changed by someone who knows of the checksum. */
import { crc32 } from "../../src/base/crc32.ts";

type Header = Record<string, unknown> & { __metadata__?: Record<string, string> };

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The file with a changed header and the checksum that belongs to it; unchanged where it has no header. */
export function resealed(bytes: Uint8Array, change: (header: Header) => void): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 8) return bytes;
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) return bytes;
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    change(header);
    seal(header, bytes.subarray(8 + length));
  } catch {
    return bytes;
  }
  const text = encode(header);
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return out;
}

/** As `checkpointChunks` computes it, from its description: metadata, then each tensor by name. */
function seal({ __metadata__: metadata = {}, ...tensors }: Header, data: Uint8Array): void {
  delete metadata.checksum;
  let checksum = crc32(encode(Object.keys(metadata).sort().map((key) => [key, metadata[key]])));
  for (const name of Object.keys(tensors).sort()) {
    const entry = tensors[name] as { dtype: string; shape: number[]; data_offsets: number[] };
    checksum = crc32(encode([name, entry.dtype, entry.shape]), checksum);
    checksum = crc32(data.subarray(...entry.data_offsets as [number, number]), checksum);
  }
  metadata.checksum = `${checksum}`;
}
