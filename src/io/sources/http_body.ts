/**
 * The bodies of HTTP answers, read with suspicion.
 *
 * @module
 */
import { joinBytes, shortRead } from "./bytes.ts";

/** Addresses of WebAssembly reach no further, and no autoencoder is larger. */
const LARGEST_BODY = 2 ** 32;

/** Where the bytes of an answer belong, and in how long a file. */
export interface ContentRange {
  readonly from: number;
  /** The byte after the last. */
  readonly to: number;
  /** The length of the whole file; undefined where the server does not say. */
  readonly size: number | undefined;
}

/** What a `Content-Range` says of a range of bytes, or undefined where it says nothing of the kind. */
export function contentRange({ headers }: Response): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range")?.trim() ?? "");
  if (!match) return undefined;
  const [from, last] = [Number(match[1]), Number(match[2])];
  return { from, to: last + 1, size: match[3] === "*" ? undefined : Number(match[3]) };
}

/** What the body is encoded with, if with anything. A browser tells even where it has decoded it. */
export function contentEncoding({ headers }: Response): string | undefined {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  return encoding === "identity" || encoding === "" ? undefined : encoding;
}

/** The length of the body, where the answer gives it and nothing encodes the body. */
function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  if (length === null || contentEncoding(response) !== undefined) return undefined;
  return /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Gives up a body that is not wanted; that it had broken off already then does not matter. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

/** Room for as many bytes as an answer promises, which may be more than there can be. */
async function room(response: Response, name: string, length: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    await discard(response);
    const message = `Cannot read ${name}: ${length} bytes at once do not fit into memory`;
    throw new RangeError(message, { cause });
  }
}

/** The error of a body that ended early, whether the connection said so or not. */
function brokenOff(name: string, from: number, length: number, got: number, cause?: unknown) {
  const error = shortRead(name, from, length, got);
  error.message += ": the answer broke off";
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Reads a body to its end or to `most` bytes: more are an error, and so is what breaks it off. */
async function readTo(
  response: Response,
  most: number,
  into: (chunk: Uint8Array, at: number) => void,
  broken: (got: number, cause: unknown) => unknown,
  tooLong: (got: number) => Error,
): Promise<number> {
  const reader = response.body?.getReader();
  let got = 0;
  while (reader) {
    let chunk: ReadableStreamReadResult<Uint8Array>;
    try {
      chunk = await reader.read();
    } catch (cause) {
      throw broken(got, cause);
    }
    if (chunk.done) break;
    if (got + chunk.value.length > most) {
      await reader.cancel().catch(() => {});
      throw tooLong(got + chunk.value.length);
    }
    into(chunk.value, got);
    got += chunk.value.length;
  }
  return got;
}

const isAbort = (cause: unknown, signal?: AbortSignal) => signal?.aborted || isAbortError(cause);
const isAbortError = (cause: unknown) =>
  cause instanceof DOMException && (cause.name === "AbortError" || cause.name === "TimeoutError");

/** A body of exactly `length` bytes, which stand at byte `from` of the file. */
export async function readRangeBody(
  response: Response,
  name: string,
  from: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await room(response, name, length);
  const got = await readTo(
    response,
    length,
    (chunk, at) => bytes.set(chunk, at),
    (got, cause) => isAbort(cause, signal) ? cause : brokenOff(name, from, length, got, cause),
    (got) =>
      new RangeError(
        `Cannot read bytes ${from} to ${
          from + length
        } of ${name}: ${length} bytes were asked for but at ` +
          `least ${got} came`,
      ),
  );
  if (got < length) throw brokenOff(name, from, length, got);
  return bytes;
}

/** A body of any length up to 4 GiB; where the answer gives its length it must have it. */
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
  await readTo(
    response,
    LARGEST_BODY,
    (chunk) => chunks.push(chunk),
    (got, cause) =>
      isAbort(cause, signal) ? cause : new RangeError(
        `Cannot read ${name}: the answer broke off after ${got} bytes`,
        { cause },
      ),
    tooLong,
  );
  return joinBytes(chunks);
}
