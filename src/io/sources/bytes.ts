/**
 * Sources of bytes: the interface that every reader takes, and sources over memory and blobs.
 *
 * @module
 */

/**
 * Bytes that can be read at any position: an array in memory, a `Blob`, a file or a resource on a server. Every
 * reader takes a source, so that no reader depends on a platform.
 */
export interface ByteSource {
  /** Its name in error messages, usually the file name. */
  readonly name: string;
  /** The length in bytes. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes from byte `offset` on. The result may be a view of the source, so do not write
   * to it.
   *
   * @throws {RangeError} if the range is not within the source, or the source turns out to be shorter.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Reads the same bytes in pieces of any size, from the first to the last, so that memory need not hold them all. A
   * piece is valid until the next is asked for: all may be read into one buffer. Without this method bytes are read
   * 1 MiB at a time.
   */
  stream?(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** Bytes that are read at a time on their way into place. */
export const PIECE_BYTES: number = 2 ** 20;

/** The most bytes to read or write in one call of the file system: Node permits 2³¹ − 1. */
export const CALL_BYTES: number = 2 ** 30;

/**
 * Throws unless `length` bytes at `offset` lie within a source of `size` bytes.
 *
 * @throws {RangeError} that names the range and the size.
 */
export function checkByteRange(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!whole || offset < 0 || length < 0) {
    throw new RangeError(
      `Cannot read ${length} bytes at byte ${offset} of ${name}: both must be integers of at least 0`,
    );
  }
  if (offset + length > size) {
    throw new RangeError(
      `Cannot read bytes ${offset} to ${offset + length} of ${name}: it has ${size} bytes`,
    );
  }
}

/** Returns the error of a source that delivers fewer bytes than its size promised. */
export function shortRead(name: string, offset: number, length: number, got: number): RangeError {
  return new RangeError(
    `Cannot read bytes ${offset} to ${offset + length} of ${name}: ` +
      `${length} bytes were asked for but ${got} came`,
  );
}

/** Reads from a source and checks the length of the result: anyone may implement `ByteSource`. */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw shortRead(source.name, offset, length, bytes.length);
  return bytes;
}

/** Reads from a source in pieces, and checks their length in total. A piece is valid until the next is asked for. */
export async function* readPieces(
  source: ByteSource,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array, void, void> {
  let done = 0;
  if (source.stream) {
    for await (const piece of source.stream(offset, length)) {
      done += piece.length;
      if (done > length) break;
      yield piece;
    }
    if (done !== length) throw shortRead(source.name, offset, length, done);
    return;
  }
  for (; done < length; done += PIECE_BYTES) {
    yield await readExactly(source, offset + done, Math.min(PIECE_BYTES, length - done));
  }
}

/** Concatenates arrays of bytes. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Creates a source over bytes in memory. Reads are views of `bytes`; nothing is copied.
 *
 * @param bytes the content.
 * @param name the name in errors, by default `"bytes"`.
 *
 * @example
 * ```ts
 * import { sourceFromBytes } from "@matryoshka/sae";
 *
 * const source = sourceFromBytes(new Uint8Array([1, 2, 3, 4]), "four.bin");
 * const middle = await source.read(1, 2);
 * if (middle[0] !== 2 || middle[1] !== 3) throw new Error("expected [2, 3]");
 * ```
 */
export function sourceFromBytes(bytes: Uint8Array, name = "bytes"): ByteSource {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot read ${name}: its bytes must be a Uint8Array but are ${typeof bytes}`,
    );
  }
  return {
    name,
    size: bytes.byteLength,
    // deno-lint-ignore require-await -- a bad range must reject, as in the other sources
    async read(offset: number, length: number): Promise<Uint8Array> {
      checkByteRange(name, bytes.byteLength, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/**
 * Creates a source over a `Blob` or a browser's `File`. Only the ranges that are asked for are read.
 *
 * @param blob the content.
 * @param name the name in errors, by default the `File`'s name, or `"blob"`.
 *
 * @example
 * ```ts
 * import { sourceFromBlob } from "@matryoshka/sae";
 *
 * const source = sourceFromBlob(new Blob(["activations"]), "text.bin");
 * const bytes = await source.read(0, 3);
 * if (new TextDecoder().decode(bytes) !== "act") throw new Error("expected act");
 * ```
 */
export function sourceFromBlob(blob: Blob, name?: string): ByteSource {
  const called = name ?? (blob as Partial<File>).name ?? "blob";
  return {
    name: called,
    size: blob.size,
    async read(offset: number, length: number): Promise<Uint8Array> {
      checkByteRange(called, blob.size, offset, length);
      const bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      if (bytes.length !== length) throw shortRead(called, offset, length, bytes.length);
      return bytes;
    },
  };
}
