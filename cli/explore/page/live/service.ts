/** Encodes at a service like examples/edge. */
import { checkSame, type RowEncoder } from "./encoders.ts";
import type { Expected } from "./protocol.ts";
import { readCodes } from "./service_codes.ts";

/** Rows per request: each answer colours a part of the text. */
const BATCH_ROWS = 256;
/** How often, and for how many seconds at most, to wait for a service that is busy or still loading. */
const TRIES = 4, MOST_WAIT = 5;

/** What a service says of itself. */
interface ServiceFacts {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly activation: { readonly kind: string };
  readonly fingerprint?: string;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/**
 * Asks a service what it serves.
 *
 * @throws {RangeError | TypeError | Error} if it does not answer, is no such service, or serves another autoencoder.
 */
export async function encoderAtService(
  address: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<RowEncoder> {
  const url = serviceUrl(address);
  const name = `the service ${url.host}`;
  const facts = factsOf(name, await bodyOf(name, url, { signal }));
  const { latentCount, activation: { kind: activation }, maxRows, maxBytes } = facts;
  checkSame(name, { ...facts, activation }, expected, true);
  const part = latentCount < expected.latentCount;
  const most = Math.min(maxRows, Math.floor(maxBytes / (4 * expected.inputSize)));
  return {
    by: `by ${url.host}` +
      (part ? `, with the first ${latentCount} of ${expected.latentCount} latents` : ""),
    batchRows: activation === "batchtopk" ? most : Math.max(1, Math.min(BATCH_ROWS, most)),
    async encode(rows) {
      // Bytes of memory that others share cannot be sent; these are the batch's own.
      const body = new Uint8Array(rows.buffer as ArrayBuffer, rows.byteOffset, rows.byteLength);
      const headers = { "content-type": "application/octet-stream" };
      const request = { method: "POST", headers, body, signal };
      const answer = await bodyOf(name, new URL("codes", url), request);
      return readCodes(name, answer, rows.length / expected.inputSize, latentCount);
    },
  };
}

function serviceUrl(address: string): URL {
  const url = URL.parse(address.trim());
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new RangeError(
      `Cannot encode at a service: its address must begin with http:// or https:// but is "${address}"`,
    );
  }
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Returns the body of an answer, and waits for a service that asks for patience. */
async function bodyOf(name: string, url: URL, request: RequestInit): Promise<ArrayBuffer> {
  for (let tries = 1;; tries++) {
    let response: Response, body: ArrayBuffer;
    try {
      response = await fetch(url, request);
      body = await response.arrayBuffer();
    } catch (cause) {
      request.signal?.throwIfAborted();
      throw new Error(
        `Cannot encode at ${name}: it does not answer, breaks off, or permits no pages of this origin (its ` +
          "ALLOW_ORIGIN; * for a page from disk)",
        { cause },
      );
    }
    if (response.ok) return body;
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    if (response.status !== 503 || tries === TRIES) {
      throw new Error(
        `Cannot encode at ${name}: it answers ${response.status}, ${reasonOf(body)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1e3 * Math.min(MOST_WAIT, seconds || 1)));
    request.signal?.throwIfAborted();
  }
}

const MOST_REASON = 300;

/** Returns the `error` of a refusal, or the beginning of any other body. */
function reasonOf(body: ArrayBuffer): string {
  const text = new TextDecoder().decode(body);
  try {
    return String(JSON.parse(text).error).slice(0, MOST_REASON);
  } catch {
    return JSON.stringify(text.slice(0, MOST_REASON));
  }
}

function factsOf(name: string, body: ArrayBuffer): ServiceFacts {
  let facts: Partial<ServiceFacts> | undefined;
  try {
    facts = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Reported below.
  }
  const { inputSize, latentCount, activation, maxRows, maxBytes, fingerprint } = facts ?? {};
  const sizes = [inputSize, latentCount, maxRows, maxBytes];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size! > 0) || !activation?.kind) {
    throw new TypeError(
      `Cannot encode at ${name}: it must be an encoding service but says ${reasonOf(body)}`,
    );
  }
  return {
    inputSize: inputSize!,
    latentCount: latentCount!,
    activation,
    maxRows: maxRows!,
    maxBytes: maxBytes!,
    fingerprint,
  };
}
