/**
 * Reads the bodies of HTTP responses, and checks them against the headers.
 *
 * @module
 */
import { joinBytes, shortRead } from "./bytes.ts";

/** WebAssembly cannot address more, and no autoencoder is larger. */
const LARGEST_BODY = 2 ** 32;

/** The position of a body in its file, and the length of the file. */
export interface ContentRange {
  readonly from: number;
  /** The byte after the last one. */
  readonly to: number;
  /** The length of the whole file; undefined if the server does not give it. */
  readonly size: number | undefined;
}

/** Parses the header `Content-Range`; returns undefined if it is missing or not a range of bytes. */
export function contentRange({ headers }: Response): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range")?.trim() ?? "");
  if (!match) return undefined;
  const [from, last] = [Number(match[1]), Number(match[2])];
  return { from, to: last + 1, size: match[3] === "*" ? undefined : Number(match[3]) };
}

/** Returns the encoding of the body, if it has one. Browsers keep the header even when they have decoded it. */
export function contentEncoding({ headers }: Response): string | undefined {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  return encoding === "identity" || encoding === "" ? undefined : encoding;
}

/** Returns the length of the body, if the response gives it and the body is not encoded. */
function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  if (length === null || contentEncoding(response) !== undefined) return undefined;
  return /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Cancels a body that is not needed, whether or not its connection still stands. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

/** Allocates the length that a response announces, which may exceed memory. */
async function room(response: Response, name: string, length: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    await discard(response);
    const message = `Cannot read ${name}: ${length} bytes at once do not fit into memory`;
    throw new RangeError(message, { cause });
  }
}

/** Returns the error of a body that ended early, with the cause if the connection reported one. */
function brokenOff(name: string, from: number, length: number, got: number, cause?: unknown) {
  const error = shortRead(name, from, length, got);
  error.message += ": the response broke off";
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** The bytes of a chunk, where the runtime reads into a buffer of the reader. */
const CHUNK_BYTES = 2 ** 16;

/** Reads the next chunk of a body, or returns undefined at its end. */
type ReadChunk = () => Promise<Uint8Array | undefined>;

/**
 * Returns a reader of chunks, each valid until the next. Where the runtime can, all are read into one buffer: chunks of
 * its own would pile up until they are collected.
 */
function chunkReader(body: ReadableStream<Uint8Array>): [read: ReadChunk, cancel: () => void] {
  try {
    const reader = body.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(CHUNK_BYTES);
    return [async () => {
      const { value } = await reader.read(new Uint8Array(buffer, 0, CHUNK_BYTES));
      if (value) buffer = value.buffer;
      return value?.length ? value : undefined;
    }, () => void reader.cancel().catch(() => {})];
  } catch {
    const reader = body.getReader();
    return [
      async () => (await reader.read()).value,
      () => void reader.cancel().catch(() => {}),
    ];
  }
}

/** Yields the chunks of a body. A body longer than `most`, or a failure, is an error. */
async function* chunksOf(
  { body }: Response,
  most: number,
  broken: (got: number, cause: unknown) => unknown,
  tooLong: (got: number) => Error,
): AsyncGenerator<Uint8Array, void, void> {
  if (body === null) return;
  const [read, cancel] = chunkReader(body);
  let got = 0;
  let ended = false;
  try {
    while (true) {
      let chunk: Uint8Array | undefined;
      try {
        chunk = await read();
      } catch (cause) {
        ended = true;
        throw broken(got, cause);
      }
      ended = chunk === undefined;
      if (chunk === undefined) break;
      got += chunk.length;
      if (got > most) throw tooLong(got);
      yield chunk;
    }
  } finally {
    if (!ended) cancel();
  }
}

const isAbort = (cause: unknown, signal?: AbortSignal) => signal?.aborted || isAbortError(cause);
const isAbortError = (cause: unknown) =>
  cause instanceof DOMException && (cause.name === "AbortError" || cause.name === "TimeoutError");

/** Yields the chunks of a body of exactly `length` bytes, which begin at byte `from` of the file. */
export async function* rangeChunks(
  response: Response,
  name: string,
  from: number,
  length: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let all = 0;
  const chunks = chunksOf(
    response,
    length,
    (got, cause) => isAbort(cause, signal) ? cause : brokenOff(name, from, length, got, cause),
    (got) =>
      new RangeError(
        `Cannot read bytes ${from} to ${from + length} of ${name}: ` +
          `${length} bytes were asked for but at least ${got} came`,
      ),
  );
  for await (const chunk of chunks) {
    all += chunk.length;
    yield chunk;
  }
  if (all < length) throw brokenOff(name, from, length, all);
}

/** Reads a body of exactly `length` bytes, which begin at byte `from` of the file. */
export async function readRangeBody(
  response: Response,
  name: string,
  from: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await room(response, name, length);
  let at = 0;
  for await (const chunk of rangeChunks(response, name, from, length, signal)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Reads a body of at most 4 GiB. If the response gives its length, the body must have it. */
export async function readWholeBody(
  response: Response,
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const length = contentLength(response);
  if (length !== undefined && length <= LARGEST_BODY) {
    return await readRangeBody(response, name, 0, length, signal);
  }
  const tooLong = (got: number) =>
    new RangeError(
      `Cannot read ${name}: it has at least ${got} bytes but the limit is ${LARGEST_BODY}`,
    );
  if (length !== undefined) {
    await discard(response);
    throw tooLong(length);
  }
  const chunks: Uint8Array[] = [];
  const broken = (got: number, cause: unknown) =>
    isAbort(cause, signal) ? cause : new RangeError(
      `Cannot read ${name}: the response broke off after ${got} bytes`,
      { cause },
    );
  for await (const chunk of chunksOf(response, LARGEST_BODY, broken, tooLong)) {
    chunks.push(chunk.slice());
  }
  return joinBytes(chunks);
}
