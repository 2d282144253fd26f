import type { Lease } from "./admission.ts";
import { Refusal } from "./refusal.ts";

/** The kinds of body that are understood. */
export type BodyKind = "json" | "binary";

const KINDS: Readonly<Record<string, BodyKind>> = {
  "application/json": "json",
  "application/octet-stream": "binary",
};

/** What the headers say of the body. Throws a 415 for any other kind, and for compressed bodies. */
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

/** The whole body. A 413 ends the reading as soon as the headers or the bytes exceed the limit. */
export async function readBody(
  request: Request,
  maxBytes: number,
  lease: Lease,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (bytes: string) =>
    new Refusal(413, `The body must have at most ${maxBytes} bytes but has ${bytes}`);
  const declared = Number(request.headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body) {
    const reader = request.body.getReader();
    try {
      if (declared > maxBytes) throw tooLarge(`${declared}`);
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        length += read.value.length;
        if (length > maxBytes) throw tooLarge("more");
        lease.hold(read.value.length);
        chunks.push(read.value);
      }
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error instanceof Refusal ? error : new Refusal(400, "The body was cut off");
    }
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
