import { type Admission, type Lease, tooSlow } from "./admission.ts";
import { Refusal } from "./refusal.ts";
import type { Limits } from "./settings.ts";

/** The supported kinds of body. */
export type BodyKind = "json" | "binary";

const KINDS: Readonly<Record<string, BodyKind>> = {
  "application/json": "json",
  "application/octet-stream": "binary",
};

/** Returns the kind of the body by its headers. Throws a 415 for any other kind and for compressed bodies. */
export function bodyKind(headers: Headers): BodyKind {
  const given = headers.get("content-type");
  const type = given?.split(";", 1)[0].trim().toLowerCase() ?? "";
  const coding = headers.get("content-encoding") ?? "identity";
  if (!Object.hasOwn(KINDS, type)) {
    throw new Refusal(
      415,
      `Content-Type must be ${Object.keys(KINDS).join(" or ")} but is ${given ?? "missing"}`,
    );
  }
  if (coding !== "identity") {
    throw new Refusal(415, `Content-Encoding must be identity but is ${coding}`);
  }
  return KINDS[type];
}

/** How often a pending read looks at its deadline and at its lease. */
const TICK_MS = 100;

/**
 * Reads the whole body. Only bytes that have arrived are allocated and counted, whatever the headers declare.
 *
 * @param admission Where the bytes are counted. The lease ends here if reading fails, else with the answer.
 * @throws {Refusal} a 413 as soon as the headers or the bytes exceed the limit, a 408 if the body is not complete
 * after `limits.bodySeconds` or stalls while others wait for its bytes, a 400 if it is cut off.
 */
export async function readBody(
  request: Request,
  limits: Pick<Limits, "maxBytes" | "bodySeconds">,
  admission: Admission,
): Promise<{ body: Uint8Array<ArrayBuffer>; lease: Lease }> {
  const { maxBytes, bodySeconds } = limits;
  const tooLarge = (bytes: string) =>
    new Refusal(413, `The body must have at most ${maxBytes} bytes but has ${bytes}`);
  const declared = Number(request.headers.get("content-length") ?? maxBytes);
  let body = new Uint8Array();
  let length = 0;
  const lease = admission.admit(() => body = new Uint8Array());
  const room = async (end: number) => {
    if (end <= body.length) return;
    // Doubled, so that few copies are made; no further than the body can become.
    const size = Math.min(Math.max(end, 2 * body.length), Math.max(declared, end), maxBytes);
    await lease.hold(size - body.length);
    const larger = new Uint8Array(size);
    larger.set(body.subarray(0, length));
    discard(body.buffer);
    body = larger;
  };
  if (!request.body) return { body, lease };
  const reader = request.body.getReader();
  let waited = 0;
  const wait = (milliseconds: number) => {
    waited += milliseconds;
    lease.waited(milliseconds);
    if (lease.evicted || waited > bodySeconds * 1e3) throw tooSlow();
  };
  try {
    if (declared > maxBytes) throw tooLarge(`${declared}`);
    while (true) {
      const { value, done } = await readBefore(reader, wait);
      if (done) break;
      const end = length + value.length;
      if (end > maxBytes) throw tooLarge("more");
      await room(end);
      body.set(value, length);
      length = end;
      lease.received(value.length);
      discard(value.buffer);
    }
    lease.complete();
  } catch (error) {
    lease.end();
    reader.cancel(error).catch(() => {});
    throw error instanceof Refusal ? error : new Refusal(400, "The body was cut off");
  }
  return { body: body.subarray(0, length), lease };
}

/** Frees the memory of a buffer now. The collector would do so much later, because the buffer itself is small. */
export function discard(buffer: ArrayBuffer): void {
  if (!buffer.detached) buffer.transfer(0);
}

/**
 * Reads the next piece, and calls `wait`, which may throw, every `TICK_MS` with the time that the client has taken since.
 * If more has passed, the isolate was busy with the rows of others.
 */
async function readBefore(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  wait: (milliseconds: number) => void,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
  const reading = reader.read();
  while (true) {
    const since = Date.now();
    const { promise: tick, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, TICK_MS, undefined);
    const result = await Promise.race([reading, tick]).finally(() => clearTimeout(timer));
    wait(Math.min(Date.now() - since, TICK_MS));
    if (result) return result;
  }
}
