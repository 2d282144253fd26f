import type { Lease } from "./admission.ts";
import { Refusal } from "./refusal.ts";

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

/** Reads the whole body. Throws a 413 as soon as the headers or the bytes exceed the limit. */
export async function readBody(
  request: Request,
  maxBytes: number,
  lease: Lease,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (bytes: string) =>
    new Refusal(413, `The body must have at most ${maxBytes} bytes but has ${bytes}`);
  const declared = Number(request.headers.get("content-length") ?? 0);
  // The buffer has the declared length; without one it doubles as bytes arrive.
  let body = new Uint8Array();
  let length = 0;
  const grow = (to: number) => {
    lease.hold(to - body.length);
    const larger = new Uint8Array(to);
    larger.set(body);
    body = larger;
  };
  if (!request.body) return body;
  const reader = request.body.getReader();
  try {
    if (declared > maxBytes) throw tooLarge(`${declared}`);
    if (declared > 0) grow(declared);
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const { value } = read;
      const end = length + value.length;
      if (end > maxBytes) throw tooLarge("more");
      if (end > body.length) grow(Math.min(Math.max(end, 2 * body.length), maxBytes));
      body.set(value, length);
      length = end;
    }
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error instanceof Refusal ? error : new Refusal(400, "The body was cut off");
  }
  return body.subarray(0, length);
}
