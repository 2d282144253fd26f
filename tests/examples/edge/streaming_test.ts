/** The edge service streams, stops when its client disconnects, and limits the bytes in flight. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Admission } from "../../../examples/edge/admission.ts";
import { cached } from "../../../examples/edge/cached.ts";
import { readCodes } from "../../../examples/edge/read_codes.ts";
import { Refusal } from "../../../examples/edge/refusal.ts";
import { fake, keepNothing, post, serviceOf } from "./fake.ts";

const ROWS = new Float32Array(3 * 200).fill(1);
const BINARY = "application/octet-stream";

Deno.test("chunks are computed as the client takes them", async () => {
  const served = fake();
  const response = await serviceOf(served)(post("/codes", ROWS, BINARY), keepNothing);
  const reader = response.body!.getReader();
  assertEquals(served.encoded, [64]);
  await reader.read();
  assertEquals(served.encoded, [64]);
  await reader.read();
  assertEquals(served.encoded, [64, 64]);
  await reader.cancel();
});

Deno.test("a client that disconnects stops the work and frees its bytes for others", async () => {
  const served = fake();
  const service = serviceOf(served, { maxBytesInFlight: 2400 });
  const first = await service(post("/codes", ROWS, BINARY), keepNothing);
  const refused = await service(post("/codes", ROWS, BINARY), keepNothing);
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  assertEquals(await refused.json(), {
    error: "Too many requests are being answered, try again in a second",
  });
  await first.body!.cancel();
  assertEquals(served.encoded, [64]);
  const third = await service(post("/codes", ROWS, BINARY), keepNothing);
  assertEquals(readCodes(await third.arrayBuffer()).rows, 200);
  assertEquals(served.encoded, [64, 64, 64, 64, 8]);
});

Deno.test("an aborted request stops being computed", async () => {
  const served = fake();
  const client = new AbortController();
  const request = new Request(post("/codes", ROWS, BINARY), { signal: client.signal });
  const response = await serviceOf(served)(request, keepNothing);
  const reader = response.body!.getReader();
  await reader.read();
  client.abort();
  await assertRejects(() => reader.read(), DOMException, "abort");
  assertEquals(served.encoded, [64]);
});

Deno.test("a failure half-way cuts off the stream, and readCodes throws", async () => {
  const plain = fake();
  const encode = (x: Float32Array) =>
    plain.encoded.length > 1 ? Promise.reject(new Error("out of luck")) : plain.encode(x);
  const response = await serviceOf(fake({ encode }))(post("/codes", ROWS, BINARY), keepNothing);
  const got: number[] = [];
  await assertRejects(
    async () => {
      for await (const chunk of response.body!) got.push(...chunk);
    },
    Error,
    "out of luck",
  );
  assertThrows(() => readCodes(Uint8Array.from(got).buffer), RangeError, "Cannot read codes: ");
});

Deno.test("a body without a length gets 413 as soon as it is too large, and is read no further", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      sent += 1000;
      controller.enqueue(new Uint8Array(1000));
    },
    cancel: () => void (cancelled = true),
  });
  const response = await serviceOf()(post("/codes", body, BINARY), keepNothing);
  assertEquals(response.status, 413);
  await response.body?.cancel();
  assert(sent <= 7000 && cancelled, `${sent} bytes were taken`);
});

Deno.test("a body that is cut off gets 400", async () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  const response = await serviceOf()(post("/codes", body, BINARY), keepNothing);
  assertEquals([response.status, await response.json()], [400, {
    error: "The body was cut off",
  }]);
});

Deno.test("a lease without a sign of life lapses, and its buffer is dropped", async () => {
  const admission = new Admission(100, 1);
  let released = 0;
  const lapsing = admission.admit(() => released++);
  await lapsing.hold(80);
  lapsing.complete();
  await assertRejects(() => admission.admit(() => {}).hold(30), Refusal, "Too many requests");
  assertEquals([released, lapsing.evicted], [0, false]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await admission.admit(() => {}).hold(30);
  assertEquals([admission.bytes, released, lapsing.evicted], [30, 1, true]);
});

/** A request whose body stops after `bytes` bytes, whatever it declares. */
function stalled(bytes: number, declared = 600): { request: Request; cancelled: () => boolean } {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(new Uint8Array(bytes)),
    cancel: () => void (cancelled = true),
  });
  const request = post("/codes", body, BINARY);
  request.headers.set("content-length", `${declared}`);
  return { request, cancelled: () => cancelled };
}

Deno.test("bytes that are declared but have not arrived take no room from others", async () => {
  const service = serviceOf(fake(), { maxBytesInFlight: 4096 });
  const silent = Array.from({ length: 8 }, () => stalled(12, 4092));
  const waiting = silent.map(({ request }) => service(request, keepNothing));
  const since = performance.now();
  const answer = await service(post("/codes", ROWS, BINARY), keepNothing);
  assertEquals(readCodes(await answer.arrayBuffer()).rows, 200);
  assert(performance.now() - since < 250, "it had to wait");
  await Promise.all(waiting.map(async (each) => await (await each).body?.cancel()));
});

Deno.test("a stalled body loses its bytes when others need them, and is told so", async () => {
  const service = serviceOf(fake(), { maxBytesInFlight: 2400 });
  const slow = stalled(1200, 2400);
  const waiting = service(slow.request, keepNothing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const since = performance.now();
  const answer = await service(post("/codes", ROWS, BINARY), keepNothing);
  assertEquals(readCodes(await answer.arrayBuffer()).rows, 200);
  assert(performance.now() - since < 1000, "it had to wait too long");
  const refused = await waiting;
  assertEquals([refused.status, await refused.json()], [408, {
    error: "The body came too slowly",
  }]);
  assert(slow.cancelled());
});

Deno.test("a body that is not complete in time gets 408", async () => {
  const slow = stalled(300);
  const response = await serviceOf(fake(), { bodySeconds: 0.2 })(slow.request, keepNothing);
  assertEquals(response.status, 408);
  await response.body?.cancel();
  assert(slow.cancelled());
});

/** Computes for so long that nothing else happens meanwhile. */
function compute(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

Deno.test("a body that arrives while the isolate computes is neither late nor stalled", async () => {
  const limits = { bodySeconds: 0.3, maxBytesInFlight: 3000 };
  const service = serviceOf(fake(), limits);
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => void (controller = given),
  });
  controller.enqueue(new Uint8Array(1200));
  const waiting = service(post("/codes", body, BINARY), keepNothing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  compute(600);
  // Another request, which needs the room of the first.
  const other = service(post("/codes", ROWS, BINARY), keepNothing);
  controller.enqueue(new Uint8Array(1200));
  controller.close();
  await Promise.all([waiting, other].map(async (asked) => {
    const response = await asked;
    const answer = await response.arrayBuffer();
    assertEquals(response.status, 200, new TextDecoder().decode(answer));
    assertEquals(readCodes(answer).rows, 200);
  }));
});

Deno.test("the memory of rows is freed with the answer, not when it is collected", async () => {
  for (const kind of ["binary", "json"]) {
    const buffers: ArrayBufferLike[] = [];
    const served = fake();
    const keeping: typeof served = {
      ...served,
      encode(x) {
        buffers.push(x.buffer);
        return served.encode(x);
      },
    };
    const request = kind === "json"
      ? post("/codes", [[1, 2, 3]])
      : post("/codes", new Float32Array(6), BINARY);
    const response = await serviceOf(keeping)(request, keepNothing);
    await response.arrayBuffer();
    assertEquals(buffers.map((buffer) => (buffer as ArrayBuffer).detached), [true]);
  }
});

Deno.test("a client that takes no more of its answer is cut off", async () => {
  const served = fake();
  const service = serviceOf(served, { answerSeconds: 0.1, maxBytesInFlight: 2400 });
  const response = await service(post("/codes", ROWS, BINARY), keepNothing);
  const reader = response.body!.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 250));
  await assertRejects(() => reader.read(), Error, "too slowly");
  const next = await service(post("/codes", ROWS, BINARY), keepNothing);
  assertEquals(readCodes(await next.arrayBuffer()).rows, 200);
});

Deno.test("all requests share one loading, which each of them keeps alive", async () => {
  let loads = 0;
  let kept = 0;
  const get = cached(() => Promise.resolve(++loads), 5);
  const keep = () => void kept++;
  assertEquals(await Promise.all([get(keep), get(keep), get(keep)]), [1, 1, 1]);
  assertEquals([await get(keep), loads, kept], [1, 1, 3]);
});

Deno.test("a loading that never ends is given up and started again", async () => {
  let loads = 0;
  const get = cached(
    () => ++loads === 1 ? new Promise<number>(() => {}) : Promise.resolve(7),
    0.05,
  );
  const error = await assertRejects(() => get(keepNothing), Refusal, "still being loaded");
  assertEquals(error.status, 503);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals([await get(keepNothing), loads], [7, 2]);
});

Deno.test("a loading is aborted when its time is over", async () => {
  const get = cached((signal) => {
    return new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }, 0.05);
  await assertRejects(() => get(keepNothing));
});
