import { type ByteSource, sourceFromBytes } from "../../../src/io/sources/bytes.ts";

/** Returns a safetensors file with a header, given as text or as an object, and `dataBytes` bytes of data. */
export function file(header: unknown, dataBytes = 0): ByteSource {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return sourceFromBytes(bytes, "a.safetensors");
}
