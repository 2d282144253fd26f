/** Tests of the edge service over HTTP, for every platform. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { named } from "../../missing.ts";
import { checkedCases, load, send } from "./load.ts";
import { FILE, INPUT_SIZE, PREFIX, PROBLEM, randomRows } from "./problem.ts";
import type { RunningService } from "../../runtimes/setup/service.ts";
import type { Environment } from "./running.ts";
import { Upstream } from "./upstream.ts";

/** Starts the service on a platform. */
export type Start = (environment: Environment) => Promise<RunningService>;

const BINARY = "application/octet-stream";
const CONCURRENCY = 300;
/** workerd's own part of a request is freed when V8 collects, and that is settled after some 1500 requests (measured). */
const WARM_UP = 1800;
const REQUESTS = 900;

const STALLED_CLIENTS = 8;
const STALLED_BYTES = 4 * 2 ** 20;
const STALLED_ROUNDS = 10;
const STALLED_SEND_MS = 500;

/** Connects, and sends all but one byte of the largest body. */
async function stalledClient(address: string): Promise<Deno.Conn> {
  const { hostname, port } = new URL(address);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [
    "POST /codes HTTP/1.1",
    `Host: ${hostname}:${port}`,
    `Content-Type: ${BINARY}`,
    `Content-Length: ${STALLED_BYTES}`,
  ];
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(head.join("\r\n") + "\r\n\r\n"));
  // A service that refuses the body may close the connection meanwhile, or take no more of it.
  const sent = writer.write(new Uint8Array(STALLED_BYTES - 1)).catch(() => {});
  const timeout = new Promise((resolve) => setTimeout(resolve, STALLED_SEND_MS));
  await Promise.race([sent, timeout]);
  return connection;
}

const environmentOf = ({ url }: Upstream) => ({ SAE_URL: url, PREFIX: `${PREFIX}` });

const binary = (path: string, rows: Float32Array<ArrayBuffer>) => {
  return { path, type: BINARY, body: new Uint8Array(rows.buffer) };
};

/** Returns the status and the error of an answer. */
async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, (await response.json()).error];
}

/** Defines the tests of a platform. */
export function testService(platform: string, start: Start, whyNot?: string): void {
  const test = (name: string, fn: () => Promise<void>) => {
    Deno.test({ ...named(`edge service in ${platform}: ${name}`, whyNot), fn });
  };

  test("a cold start loads only the prefix, once, and agrees with the reference", async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start(environmentOf(upstream));
    assertEquals(upstream.requests, 0);
    const since = performance.now();
    const info = await (await fetch(service.address)).json();
    console.log(
      `${platform}: listens after ${service.startedIn.toFixed(0)} ms, ` +
        `first answer ${(performance.now() - since).toFixed(0)} ms later`,
    );
    assertEquals([info.inputSize, info.latentCount], [INPUT_SIZE, PREFIX]);
    assertStringIncludes(info.backend, "wasm");
    await checkedCases(service.address, PROBLEM);
    // A quarter of the latents, the header and the decoder bias.
    assertLess(upstream.sentBytes, FILE.length / 4 + 4096);
  });

  test(`${CONCURRENCY} concurrent requests are answered, and memory does not grow`, async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start(environmentOf(upstream));
    const cases = await checkedCases(service.address, PROBLEM);
    await load(service.address, cases, { requests: WARM_UP, concurrency: CONCURRENCY });
    const before = await service.memory();
    const figures = await load(service.address, cases, {
      requests: REQUESTS,
      concurrency: CONCURRENCY,
    });
    const after = await service.memory();
    console.log(
      `${platform}: ${figures.requestsPerSecond.toFixed(0)} requests/s, ` +
        `p50 ${figures.p50.toFixed(0)} ms, p99 ${figures.p99.toFixed(0)} ms, memory ` +
        `${(before.now / 2 ** 20).toFixed(1)} → ${(after.now / 2 ** 20).toFixed(1)} MiB`,
    );
    assertEquals(service.log().match(/error|exception/i), null, service.log());
    // If bodies were kept, memory would grow by all sent bytes; some may still await garbage collection.
    assertLess(after.now - before.now, figures.sentBytes / 2);
  });

  test("bad requests get their errors over HTTP", async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start({ ...environmentOf(upstream), MAX_BYTES: "65536" });
    const { address } = service;
    const get = await fetch(`${address}/codes`);
    assertEquals(get.headers.get("allow"), "POST");
    assertEquals((await refusal(get))[0], 405);
    assertEquals((await refusal(await fetch(`${address}/code`)))[0], 404);
    const rows = randomRows(1);
    const text = { ...binary("/codes", rows), type: "text/plain" };
    assertEquals((await refusal(await send(address, text)))[0], 415);
    assertEquals((await refusal(await send(address, binary("/codes?top=2", rows))))[0], 400);
    rows[7] = NaN;
    assertEquals(await refusal(await send(address, binary("/codes", rows))), [
      422,
      "Value 7 of row 0 is not a finite float32",
    ]);
    assertEquals((await refusal(await send(address, binary("/codes", randomRows(65)))))[0], 413);
    // Without a declared length, only reading shows that the body is too large.
    let sent = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if ((sent += 16384) > 2 * 65536) controller.close();
        else controller.enqueue(new Uint8Array(16384));
      },
    });
    const headers = { "content-type": BINARY };
    const unmeasured = await fetch(`${address}/codes`, { method: "POST", headers, body });
    assertEquals((await refusal(unmeasured))[0], 413);
  });

  test("a failing upstream gives 502 or 503, and is tried again", async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start({ ...environmentOf(upstream), LOAD_SECONDS: "1" });
    upstream.status = 403;
    const failed = [502, "The autoencoder could not be loaded"] as [number, string];
    assertEquals(await refusal(await fetch(service.address)), failed);
    upstream.status = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    upstream.ready = promise;
    const [late] = await refusal(await fetch(service.address));
    assert(late === 502 || late === 503, `status ${late}`);
    resolve();
    assertEquals((await send(service.address, binary("/codes", randomRows(1)))).status, 200);
  });

  test("loading continues when the client that started it disconnects", async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start(environmentOf(upstream));
    const { promise, resolve } = Promise.withResolvers<void>();
    upstream.ready = promise;
    const client = new AbortController();
    const first = fetch(service.address, { signal: client.signal }).catch(() => "gone");
    while (upstream.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = fetch(service.address, { signal: AbortSignal.timeout(15_000) });
    client.abort();
    assertEquals(await first, "gone");
    await new Promise((resolve) => setTimeout(resolve, 50));
    resolve();
    const response = await second;
    assertEquals([response.status, (await response.json()).latentCount], [200, PREFIX]);
  });

  test("clients that disconnect during an answer leave nothing behind", async () => {
    await using upstream = new Upstream(FILE.slice());
    const rows = randomRows(1024);
    // Room for one such request at a time.
    const MAX_BYTES_IN_FLIGHT = `${rows.byteLength}`;
    await using service = await start({ ...environmentOf(upstream), MAX_BYTES_IN_FLIGHT });
    for (let round = 0; round < 5; round++) {
      const response = await send(service.address, binary("/codes", rows));
      const reader = response.body!.getReader();
      await reader.read();
      await reader.cancel();
      // The service notices when the connection is closed.
      const until = performance.now() + 10_000;
      let next = await send(service.address, binary("/latents", rows));
      while (next.status === 503 && performance.now() < until) {
        await next.body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 50));
        next = await send(service.address, binary("/latents", rows));
      }
      assertEquals([next.status, (await next.json()).rows?.length], [200, 1024]);
    }
  });

  test("stalled clients keep nobody waiting, and their bytes are freed", async () => {
    await using upstream = new Upstream(FILE.slice());
    await using service = await start(environmentOf(upstream));
    await checkedCases(service.address, PROBLEM);
    // Another client, with a body that needs room.
    const rows = randomRows(512);
    const answer = async () => {
      const since = performance.now();
      const response = await send(service.address, binary("/codes", rows));
      await response.arrayBuffer();
      assertEquals(response.status, 200);
      return performance.now() - since;
    };
    const waits: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < STALLED_ROUNDS; round++) {
      const stalled = await Promise.all(
        Array.from({ length: STALLED_CLIENTS }, () => stalledClient(service.address)),
      );
      for (let request = 0; request < 3; request++) waits.push(await answer());
      for (const connection of stalled) connection.close();
      memory.push((await service.memory()).now);
    }
    const longest = Math.max(...waits);
    const grown = memory.at(-1)! - memory[2];
    console.log(
      `${platform}: ${STALLED_CLIENTS} stalled clients, longest wait ${longest.toFixed(0)} ms, ` +
        `memory ${(memory[2] / 2 ** 20).toFixed(0)} → ${(memory.at(-1)! / 2 ** 20).toFixed(0)} MiB`,
    );
    // With more processes than cores, each has only its share of the time.
    const share = Math.max(1, Deno.loadavg()[0] / navigator.hardwareConcurrency);
    assertLess(longest, 1000 * share);
    // Less than the bodies of one round, of which seven more have come since.
    assertLess(grown, STALLED_CLIENTS * STALLED_BYTES);
  });

  test("an invalid setting is named", async () => {
    await using service = await start({ PREFIX: "many", SAE_URL: "http://127.0.0.1:9/secret" });
    assertEquals(await refusal(await fetch(service.address)), [
      500,
      'Cannot start: PREFIX must be a positive whole number but is "many"',
    ]);
  });
}
