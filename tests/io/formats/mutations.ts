/** Changes to bytes, as a broken download, a careless program or an attacker makes them. */

/** One change. Places are relative, so that it fits any file. */
export type Mutation =
  | { kind: "set"; place: Place; bytes: Uint8Array }
  | { kind: "insert"; place: Place; bytes: Uint8Array }
  | { kind: "number"; place: Place; width: 1 | 2 | 4 | 8; value: bigint }
  | { kind: "cut"; place: Place }
  | { kind: "remove"; place: Place; length: number }
  | { kind: "repeat"; place: Place; length: number }
  | { kind: "copy"; place: Place; to: Place; length: number }
  | { kind: "digits"; index: number; text: string };

/** So many bytes from the beginning or the end, or a fraction of all. */
export type Place = { start: number } | { end: number } | { fraction: number };

const clamp = (n: number, length: number) => Math.min(Math.max(Math.floor(n), 0), length);

function at(place: Place, length: number): number {
  if ("start" in place) return clamp(place.start, length);
  return "end" in place
    ? clamp(length - place.end, length)
    : clamp(place.fraction * length, length);
}

function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** The changed bytes; those given stay as they are. */
export function mutate(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const { length } = bytes;
  if (mutation.kind === "digits") {
    // Latin-1 keeps every byte.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const runs = [...text.matchAll(/\d+/g)];
    if (runs.length === 0) return bytes;
    const { index, 0: run } = runs[mutation.index % runs.length];
    const changed = text.slice(0, index) + mutation.text + text.slice(index + run.length);
    return Uint8Array.from(changed, (c) => c.charCodeAt(0));
  }
  const from = at(mutation.place, length);
  const before = bytes.subarray(0, from);
  const after = bytes.subarray(from);
  switch (mutation.kind) {
    case "cut":
      return before;
    case "insert":
      return join(before, mutation.bytes, after);
    case "remove":
      return join(before, after.subarray(mutation.length));
    case "repeat":
      return join(before, after.subarray(0, mutation.length), after);
    case "copy": {
      const out = bytes.slice();
      const part = after.subarray(0, mutation.length);
      const to = at(mutation.to, length);
      out.set(part.subarray(0, length - to), to);
      return out;
    }
  }
  const out = bytes.slice();
  let replacement: Uint8Array;
  if (mutation.kind === "set") replacement = mutation.bytes;
  else {
    const words = new BigUint64Array([BigInt.asUintN(64, mutation.value)]);
    replacement = new Uint8Array(words.buffer, 0, mutation.width);
  }
  out.set(replacement.subarray(0, length - from), from);
  return out;
}
