/**
 * Reads files on HTTP servers, by ranges where the server supports them.
 *
 * @module
 */
import { checkFunction, checkObject } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import { type ByteSource, checkByteRange } from "./bytes.ts";
import {
  contentEncoding,
  contentRange,
  discard,
  rangeChunks,
  readRangeBody,
  readWholeBody,
} from "./http_body.ts";

/**
 * The bytes of the first request: usually enough for the header of a safetensors file that this package wrote.
 * They are kept, and the bytes after a header begin a tensor, so hardly any are wasted.
 */
const HEAD_BYTES = 2048;

/** Options of {@linkcode sourceFromUrl}. */
export interface HttpOptions {
  /** The `fetch` to use, by default the platform's. Give one that adds a token or retries. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Aborts pending requests and refuses further ones: `AbortSignal.timeout(30_000)`. */
  readonly signal?: AbortSignal;
  /** Called if the server ignores ranges, so that the whole file is read at once. */
  readonly onNotice?: (notice: string) => void;
}

/** The names of {@linkcode HttpOptions}. */
export const HTTP_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  { fetch: true, signal: true, onNotice: true } satisfies Record<keyof HttpOptions, true>,
);

/** A file on a server. */
export interface HttpSource extends ByteSource {
  /** Whether the server supports ranges; if not, the whole file is in memory. */
  readonly ranged: boolean;
}

/** The header that identifies a version of the file. */
interface Version {
  readonly header: "etag" | "last-modified" | undefined;
  readonly value: string | null;
}

class HttpFile implements HttpSource {
  readonly ranged = true;

  constructor(
    readonly name: string,
    readonly size: number,
    readonly head: Uint8Array,
    readonly version: Version,
    readonly request: (from: number, to: number) => Promise<Response>,
    readonly signal: AbortSignal | undefined,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkByteRange(this.name, this.size, offset, length);
    const end = offset + length;
    const known = this.head.subarray(Math.min(offset, this.head.length), end);
    if (known.length === length) return known;
    const from = offset + known.length;
    const rest = await this.#fetch(from, end);
    if (known.length === 0) return rest;
    const bytes = new Uint8Array(length);
    bytes.set(known);
    bytes.set(rest, known.length);
    return bytes;
  }

  async *stream(offset: number, length: number): AsyncGenerator<Uint8Array, void, void> {
    checkByteRange(this.name, this.size, offset, length);
    const end = offset + length;
    const known = this.head.subarray(Math.min(offset, this.head.length), end);
    if (known.length > 0) yield known;
    if (known.length === length) return;
    const from = offset + known.length;
    const response = await this.#respond(from, end);
    yield* rangeChunks(response, this.name, from, end - from, this.signal);
  }

  async #fetch(from: number, to: number): Promise<Uint8Array> {
    const response = await this.#respond(from, to);
    return await readRangeBody(response, this.name, from, to - from, this.signal);
  }

  /** Requests a range, and returns its response if that holds this range of this file. */
  async #respond(from: number, to: number): Promise<Response> {
    const response = await this.request(from, to);
    const problem = this.#problem(response, from, to);
    if (problem === undefined) return response;
    await discard(response);
    throw new RangeError(`Cannot read bytes ${from} to ${to} of ${this.name}: ${problem}`);
  }

  /** Returns what is wrong with the response to a range request, or undefined. */
  #problem(response: Response, from: number, to: number): string | undefined {
    const changed = "the file changed while it was read";
    const { header, value } = this.version;
    const now = header && response.headers.get(header);
    const encoding = contentEncoding(response);
    if (encoding !== undefined) return `the server gave a range of the file in ${encoding}`;
    if (response.status === 416) return `${changed}: the server has no such range (status 416)`;
    if (header && now !== value) return `${changed}: its ${header} was ${value} and is ${now}`;
    if (response.status !== 206) {
      return `the server gave status ${response.status} in place of a range (206)`;
    }
    const range = contentRange(response);
    if (range === undefined || range.from !== from || range.to !== to) {
      return `the server gave ${response.headers.get("content-range") ?? "no content-range"}`;
    }
    if (range.size !== undefined && range.size !== this.size) {
      return `${changed}: it had ${this.size} bytes and has ${range.size}`;
    }
  }
}

/**
 * Opens a file on a server. Each read requests its range alone; reads may run concurrently. ETag, date and length
 * of every response are compared with those of the first, so a file that changes between reads is an error.
 * (`If-Range` would do, too, but it triggers a CORS preflight on each request.) If the server ignores ranges, the
 * first response is read to its end, and reads are served from memory.
 *
 * @param url The URL, `http:` or `https:`, or another that `fetch` takes: `data:`, `blob:`, `file:`.
 * @param options How to fetch, when to stop, and what to call if the server has no ranges.
 * @throws {Error} if the server cannot be reached or refuses; the message gives the status.
 * @throws {RangeError} if a response breaks off or holds another range.
 * @throws {TypeError} if `url` is not a URL, or an option is unknown or has the wrong type.
 *
 * @example
 * ```ts
 * import { sourceFromUrl } from "@matryoshka/sae";
 *
 * const source = await sourceFromUrl("data:application/octet-stream;base64,AQIDBA==");
 * const middle = await source.read(1, 2);
 * if (middle.join() !== "2,3") throw new Error("expected 2 and 3");
 * ```
 */
export async function sourceFromUrl(
  url: string | URL,
  options: HttpOptions = {},
): Promise<HttpSource> {
  const task = `read ${String(url).slice(0, 200)}`;
  if (!URL.canParse(String(url))) throw new TypeError(`Cannot ${task}: it is not a URL`);
  checkObject(options, "options", task);
  checkKeys(options, HTTP_KEYS, task);
  const { signal, onNotice } = options;
  if (onNotice !== undefined) checkFunction(onNotice, "onNotice", task);
  const fetch = checkFunction(options.fetch ?? globalThis.fetch, "fetch", task);
  const { href, protocol, origin, pathname } = new URL(url);
  const remote = protocol === "http:" || protocol === "https:";
  // Without the query: it may hold a signature, and errors end up in logs.
  const name = remote ? origin + pathname : href.slice(0, 80);
  const request = async (headers: Record<string, string>): Promise<Response> => {
    try {
      return await fetch(href, { headers, signal });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      const why = reasons(cause);
      const shown = withoutQueries(why);
      // A cause would repeat the query that the message leaves out.
      throw new Error(`Cannot read ${name}: ${shown}`, shown === why ? { cause } : {});
    }
  };
  const range = (from: number, to: number) =>
    // For a range `fetch` itself sends "accept-encoding: identity": ranges of an encoded file count encoded bytes.
    request({ range: `bytes=${from}-${to - 1}` });

  if (!remote) return await wholeFile(await request({}), name, signal);
  const first = await range(0, HEAD_BYTES);
  if (first.status === 416) {
    await discard(first);
    throw new RangeError(
      `Cannot read ${name}: it is empty, or the server supports no ranges (status 416)`,
    );
  }
  const { from, to, size } = contentRange(first) ?? {};
  const encoding = contentEncoding(first);
  const notify = (does: string) =>
    onNotice?.(`The server of ${name} ${does}: the whole file is read at once`);
  if (first.ok && (encoding !== undefined || first.status === 206 && size === undefined)) {
    await discard(first);
    notify(
      encoding === undefined ? "hides the file's length" : `gives the file in ${encoding} only`,
    );
    // Without a range header `fetch` decodes the body.
    return await wholeFile(await request({}), name, signal);
  }
  if (first.status !== 206 || size === undefined) {
    if (first.ok) notify("ignores ranges");
    return await wholeFile(first, name, signal);
  }
  if (from !== 0 || to !== Math.min(HEAD_BYTES, size)) {
    await discard(first);
    const given = first.headers.get("content-range");
    throw new RangeError(
      `Cannot read bytes 0 to ${HEAD_BYTES} of ${name}: the server gave ${given}`,
    );
  }
  const head = await readRangeBody(first, name, 0, to, signal);
  return new HttpFile(name, size, head, versionOf(first), range, signal);
}

/** Reads the body of a response to its end, and returns a source over it. */
export async function wholeFile(
  response: Response,
  name: string,
  signal?: AbortSignal,
): Promise<HttpSource> {
  // 206 is a part of the file, which was not requested here.
  if (!response.ok || response.status === 206) {
    await discard(response);
    const { status, statusText } = response;
    throw new Error(
      `Cannot read ${name}: the server gave status ${status} ${statusText}`.trimEnd(),
    );
  }
  const bytes = await readWholeBody(response, name, signal);
  return {
    name,
    size: bytes.length,
    ranged: false,
    // deno-lint-ignore require-await -- a bad range must reject, as in the other sources
    async read(offset: number, length: number): Promise<Uint8Array> {
      checkByteRange(name, bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** Joins the messages of an error and its causes: "fetch failed" alone gives no reason. */
function reasons(error: unknown): string {
  const said = new Set<string>();
  let each = error;
  for (; each instanceof Error && said.size < 4; each = each.cause) said.add(each.message);
  return [...said].filter((message) => message !== "").join(": ") || String(error);
}

/** Removes the queries of URLs in a message: they may hold signatures. */
export const withoutQueries = (message: string): string =>
  message.replaceAll(/(https?:\/\/[^\s?#"'<>()]*)[?#][^\s"'<>()]*/gi, "$1");

function versionOf({ headers }: Response): Version {
  const header = (["etag", "last-modified"] as const).find((header) => headers.has(header));
  return { header, value: header ? headers.get(header) : null };
}
