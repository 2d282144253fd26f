import { assert, assertEquals, assertLess, assertMatch, assertRejects } from "@std/assert";
import { sourceFromUrl } from "../../../mod.ts";
import { type Misbehaviour, RangeServer } from "./range_server.ts";

/** Bytes asked for at first. */
const HEAD = 2048;
const file = Uint8Array.from({ length: 10_000 }, (_, i) => i * 31 + (i >> 8));

Deno.test("sourceFromUrl() reads ranges, and the bytes of the first response only once", async () => {
  await using server = new RangeServer(file);
  const source = await sourceFromUrl(server.url);
  assertEquals([source.name, source.size, source.ranged], [server.name, file.length, true]);
  assertEquals(await source.read(8, 100), file.slice(8, 108));
  assertEquals(await source.read(0, HEAD), file.slice(0, HEAD));
  assertEquals(await source.read(5, 0), new Uint8Array());
  assertEquals(server.seen.map(({ range }) => range), [`bytes=0-${HEAD - 1}`]);
  assertEquals(await source.read(HEAD - 10, 20), file.slice(HEAD - 10, HEAD + 10));
  assertEquals(await source.read(9000, 1000), file.slice(9000));
  assertEquals(server.seen.slice(1).map(({ range }) => range), [
    `bytes=${HEAD}-${HEAD + 9}`,
    "bytes=9000-9999",
  ]);
  assertEquals(server.sentBytes, HEAD + 10 + 1000);
  assert(server.seen.every(({ headers }) => headers.get("accept-encoding") === "identity"));
  await assertRejects(() => source.read(9000, 1001), RangeError, "it has 10000 bytes");
});

Deno.test("sourceFromUrl() reads concurrently", async () => {
  await using server = new RangeServer(file);
  const source = await sourceFromUrl(server.url);
  const places = Array.from({ length: 20 }, (_, n) => 400 * n);
  const pieces = await Promise.all(places.map((place) => source.read(place, 300)));
  assertEquals(pieces, places.map((place) => file.slice(place, place + 300)));
});

Deno.test("sourceFromUrl() reads files shorter than its first request", async () => {
  await using server = new RangeServer(file.slice(0, 5));
  const source = await sourceFromUrl(server.url);
  assertEquals([source.size, await source.read(1, 4)], [5, file.slice(1, 5)]);
  server.file = new Uint8Array();
  await assertRejects(() => sourceFromUrl(server.url), RangeError, "it is empty, or");
});

Deno.test("sourceFromUrl() reads the whole file once if ranges are ignored, and says so", async () => {
  await using server = new RangeServer(file);
  server.ranges = false;
  const notices: string[] = [];
  const source = await sourceFromUrl(server.url, { onNotice: (notice) => notices.push(notice) });
  assertEquals(await source.read(5000, 3000), file.slice(5000, 8000));
  assertEquals([source.size, source.ranged, server.seen.length], [file.length, false, 1]);
  assertEquals(notices, [
    `The server of ${server.name} ignores ranges: the whole file is read at once`,
  ]);
  // A server that gives no length of the file leaves no choice either.
  server.ranges = true;
  server.misbehave = (request) =>
    request === 1 ? { headers: { "content-range": `bytes 0-${HEAD - 1}/*` } } : undefined;
  const hidden = await sourceFromUrl(server.url, { onNotice: (notice) => notices.push(notice) });
  assertEquals(await hidden.read(0, file.length), file);
  assertEquals(notices.slice(1), [
    `The server of ${server.name} hides the file's length: the whole file is read at once`,
  ]);
});

Deno.test("a change of a file between reads is detected", async (t) => {
  const cases: [string, (server: RangeServer) => void, string][] = [
    [
      "another ETag",
      (s) => s.etag = '"2"',
      'changed while it was read: its etag was "1" and is "2"',
    ],
    ["no ETag any more", (s) => s.etag = undefined, 'its etag was "1" and is null'],
    ["another length", (s) => s.file = file.slice(0, 9999), "it had 10000 bytes and has 9999"],
    ["shorter than the range", (s) => s.file = file.slice(0, 100), "the server has no such range"],
  ];
  for (const [name, change, message] of cases) {
    await t.step(name, async () => {
      await using server = new RangeServer(file);
      const source = await sourceFromUrl(server.url);
      change(server);
      const error = await assertRejects(() => source.read(5000, 100), RangeError, message);
      assert(error.message.startsWith(`Cannot read bytes 5000 to 5100 of ${server.name}: `));
    });
  }
  await t.step("another date, without an ETag", async () => {
    await using server = new RangeServer(file);
    server.etag = undefined;
    server.lastModified = "Mon, 01 Jun 2026 10:00:00 GMT";
    const source = await sourceFromUrl(server.url);
    await source.read(5000, 100);
    server.lastModified = "Mon, 01 Jun 2026 10:00:01 GMT";
    await assertRejects(() => source.read(5000, 100), RangeError, "its last-modified was Mon, 01");
  });
});

Deno.test("responses that do not match the request are errors", async (t) => {
  const range = (value: string | undefined): Misbehaviour => ({
    headers: { "content-range": value },
  });
  const cases: [string, number, Misbehaviour, string][] = [
    ["404", 0, { status: 404 }, "the server gave status 404"],
    ["500 later", 1, { status: 500 }, "the server gave status 500 in place of a range (206)"],
    ["200 later", 1, { status: 200 }, "the server gave status 200 in place of a range (206)"],
    [
      "another range at first",
      0,
      range("bytes 1-2048/10000"),
      "the server gave bytes 1-2048/10000",
    ],
    ["another range", 1, range("bytes 4000-4099/10000"), "the server gave bytes 4000-4099/10000"],
    ["an earlier range", 1, range("bytes 4999-5099/10000"), "the server gave bytes 4999-5099/1"],
    ["a shorter range", 1, range("bytes 5000-5098/10000"), "the server gave bytes 5000-5098/1"],
    ["no range", 1, range(undefined), "the server gave no content-range"],
    ["nonsense for a range", 1, range("bytes x-y/z"), "the server gave bytes x-y/z"],
    ["too few bytes", 1, { body: file.slice(5000, 5099) }, "100 bytes were asked for but 99 came"],
    ["too many bytes", 1, { body: file.slice(5000, 5101) }, "were asked for but at least 101 came"],
    ["no bytes", 0, { body: new Uint8Array() }, "2048 bytes were asked for but 0 came"],
  ];
  for (const [name, request, wrong, message] of cases) {
    await t.step(name, async () => {
      await using server = new RangeServer(file);
      server.misbehave = (n) => n === request ? wrong : undefined;
      const read = async () => await (await sourceFromUrl(server.url)).read(5000, 100);
      const error = await assertRejects(read, Error, message);
      // Queries hold signatures.
      assert(error.message.includes(server.name) && !error.message.includes("secret"));
      assertEquals(server.seen.length, request + 1);
    });
  }
});

/** An HTTP/1.1 server that promises 10,000 bytes, sends some and hangs up. */
function serverThatHangsUp(answers: readonly string[], sent: number) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const done = (async () => {
    for (const answer of answers) {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      const head = new TextEncoder().encode(answer);
      await connection.write(new Uint8Array([...head, ...file.slice(0, sent)]));
      connection.closeWrite();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/a`,
    async [Symbol.asyncDispose]() {
      await done;
      listener.close();
    },
  };
}

Deno.test("the error of a download that breaks off says where it did", async (t) => {
  const partial = "HTTP/1.1 206 Partial Content\r\ncontent-length: 2048\r\n" +
    "content-range: bytes 0-2047/10000\r\nconnection: close\r\n\r\n";
  const whole = "HTTP/1.1 200 OK\r\ncontent-length: 10000\r\nconnection: close\r\n\r\n";
  const cases = [[partial, "2048 bytes were asked for"], [whole, "10000 bytes were asked for"]];
  for (const [answer, message] of cases) {
    await t.step(message, async () => {
      await using server = serverThatHangsUp([answer], 300);
      const error = await assertRejects(() => sourceFromUrl(server.url), RangeError, message);
      assert(error.message.endsWith(" but 300 came: the response broke off"), error.message);
    });
  }
});

Deno.test("a length beyond memory is an error, not a crash", async () => {
  const size = 2 ** 50;
  await using server = new RangeServer(file);
  server.misbehave = (request) => ({
    headers: {
      "content-range": request === 0 ? `bytes 0-2047/${size}` : `bytes 4096-${size - 1}/${size}`,
    },
  });
  const source = await sourceFromUrl(server.url);
  assertEquals(source.size, size);
  await assertRejects(
    () => source.read(4096, size - 4096),
    RangeError,
    `Cannot read ${server.name}: ${size - 4096} bytes at once do not fit into memory`,
  );
});

Deno.test("a body with a content encoding is read as a whole, not taken for a range", async () => {
  const packed = new Blob([file]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const gzip = { body: bytes, headers: { "content-encoding": "gzip" } };
  await using server = new RangeServer(file);
  for (const ranges of [true, false]) {
    server.ranges = ranges;
    server.misbehave = () => gzip;
    const notices: string[] = [];
    const source = await sourceFromUrl(server.url, { onNotice: (notice) => notices.push(notice) });
    assertEquals(await source.read(0, source.size), file);
    assertEquals(notices, [
      `The server of ${server.name} gives the file in gzip only: the whole file is read at once`,
    ]);
  }
  server.ranges = true;
  server.misbehave = () => undefined;
  const source = await sourceFromUrl(server.url);
  server.misbehave = () => gzip;
  await assertRejects(() => source.read(5000, 9), RangeError, "gave a range of the file in gzip");
});

Deno.test("a signal aborts a pending request and refuses further ones", async () => {
  await using server = new RangeServer(file);
  const controller = new AbortController();
  const source = await sourceFromUrl(server.url, { signal: controller.signal });
  const read = source.read(5000, 100);
  controller.abort(new Error("enough"));
  await assertRejects(() => read, Error, "enough");
  await assertRejects(() => source.read(5000, 100), Error, "enough");
  assertEquals(await source.read(0, 10), file.slice(0, 10));
  await assertRejects(
    () => sourceFromUrl(server.url, { signal: AbortSignal.abort(new Error("before")) }),
    Error,
    "before",
  );
});

Deno.test("sourceFromUrl() follows redirects, and names a server that it cannot reach", async () => {
  await using server = new RangeServer(file);
  await using redirecting = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => Response.redirect(server.url),
  );
  const address = `http://127.0.0.1:${redirecting.addr.port}/elsewhere`;
  const source = await sourceFromUrl(address);
  assertEquals(await source.read(5000, 10), file.slice(5000, 5010));
  assertEquals(source.name, address);
  assertLess(server.sentBytes, 2100);
  const nowhere = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = nowhere.addr;
  nowhere.close();
  const unreachable = `http://127.0.0.1:${port}/a`;
  const error = await assertRejects(
    () => sourceFromUrl(`${unreachable}?signature=secret`),
    Error,
    `Cannot read ${unreachable}: `,
  );
  assert(!Deno.inspect(error).includes("secret"), "a signature in what ends up in a log");
  assertMatch(error.message, /refused/i);
});

Deno.test("sourceFromUrl() takes another fetch, which must be a function", async () => {
  await using server = new RangeServer(file);
  const source = await sourceFromUrl(new URL(server.url), {
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", "Bearer token");
      return fetch(url, { ...init, headers });
    },
  });
  await source.read(3000, 10);
  const tokens = server.seen.map(({ headers }) => headers.get("authorization"));
  assertEquals(tokens, ["Bearer token", "Bearer token"]);
  await assertRejects(() => sourceFromUrl("sae.safetensors"), TypeError, "it is not a URL");
  await assertRejects(
    () => sourceFromUrl(server.url, { fetch: 3 as never }),
    TypeError,
    "fetch must be a function but is 3 (number)",
  );
});
