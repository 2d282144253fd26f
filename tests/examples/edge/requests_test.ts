/** The answers of the edge service to good and to bad requests. */
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { readCodes } from "../../../examples/edge/read_codes.ts";
import { allowingOrigins } from "../../../examples/edge/cross_origin.ts";
import { createService } from "../../../examples/edge/service.ts";
import { readSettings } from "../../../examples/edge/settings.ts";
import { fake, keepNothing, LIMITS, post, serviceOf } from "./fake.ts";

const BINARY = "application/octet-stream";

async function ask(request: Request, service = serviceOf()): Promise<Response> {
  return await service(request, keepNothing);
}

async function assertRefused(request: Request, status: number, words: string): Promise<Response> {
  const response = await ask(request);
  const { error } = await response.json();
  assertStringIncludes(error, words);
  assertEquals([response.status, response.headers.get("content-type")], [
    status,
    "application/json",
  ]);
  return response;
}

Deno.test("POST /latents returns the most active latents of each row, the lower index first on a tie", async () => {
  const response = await ask(post("/latents?top=2", [[1, -2, 3], [2, 2, -4], [-1, -1, -1]]));
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), {
    latentCount: 4,
    rows: [
      { latents: [2, 3], activations: [3, 2] },
      { latents: [0, 1], activations: [2, 2] },
      { latents: [], activations: [] },
    ],
  });
});

Deno.test("activations in JSON are exactly the computed float32 values", async () => {
  const rows = Array.from(
    { length: 50 },
    (_, b) => [Math.sin(b + 1) ** 2 * 10 ** (b % 20 - 10), -1e9, 0],
  );
  const answer = await (await ask(post("/latents", rows))).json();
  const values = answer.rows.map(({ activations }: { activations: number[] }) => activations[0]);
  assertEquals(values.map(Math.fround), rows.map(([value]) => Math.fround(value)));
});

Deno.test("JSON and binary rows give the same codes, whatever the number of chunks", async () => {
  const rows = Array.from({ length: 130 }, (_, b) => [b - 20, 0.5 * b, 3 - b]);
  const served = fake();
  const service = serviceOf(served);
  const [json, binary] = await Promise.all([
    ask(post("/codes", rows), service),
    ask(post("/codes", new Float32Array(rows.flat()), BINARY), service),
  ]);
  assertEquals(json.headers.get("content-type"), BINARY);
  const codes = readCodes(await json.arrayBuffer());
  assertEquals(readCodes(await binary.arrayBuffer()), codes);
  assertEquals(codes, await fake().encode(new Float32Array(rows.flat())));
  assertEquals(served.encoded.toSorted((a, b) => a - b), [2, 2, 64, 64, 64, 64]);
});

Deno.test("batch top-k selects among all rows of a request", async () => {
  const served = fake({ activation: { kind: "batchtopk", k: 2 } });
  const rows = Array.from({ length: 130 }, () => [1, 2, 3]);
  await (await ask(post("/codes", rows), serviceOf(served))).arrayBuffer();
  assertEquals(served.encoded, [130]);
});

Deno.test("the binary answer contains the units of normalised rows", async () => {
  const rowUnits = { scale: new Float32Array([2, 3]), shift: new Float32Array([0.5, -1]) };
  const plain = fake();
  const served = fake({
    normalises: true,
    encode: async (x) => ({ ...await plain.encode(x), rowUnits }),
  });
  const response = await ask(post("/codes", [[1, 2, 3], [4, 5, 6]]), serviceOf(served));
  assertEquals(readCodes(await response.arrayBuffer()).rowUnits, rowUnits);
});

Deno.test("GET / describes the autoencoder and the limits of requests", async () => {
  const threshold = new Float32Array(4).fill(0.5);
  const served = fake({ activation: { kind: "jumprelu", threshold } });
  const response = await ask(new Request("http://edge/"), serviceOf(served));
  assertEquals(await response.json(), {
    inputSize: 3,
    latentCount: 4,
    activation: { kind: "jumprelu" },
    backend: "none",
    maxRows: 200,
    maxBytes: 4096,
  });
});

Deno.test("unsupported paths, methods and types get 404, 405 and 415", async () => {
  await assertRefused(new Request("http://edge/nowhere"), 404, "no /nowhere");
  await assertRefused(new Request("http://edge/toString"), 404, "no /toString");
  const get = await assertRefused(new Request("http://edge/latents"), 405, "not GET");
  assertEquals(get.headers.get("allow"), "POST");
  const put = await assertRefused(new Request("http://edge/", { method: "PUT" }), 405, "not PUT");
  assertEquals(put.headers.get("allow"), "GET, HEAD");
  await assertRefused(post("/latents", "1,2,3", "text/csv"), 415, "is text/csv");
  const bare = new Request("http://edge/codes", { method: "POST", body: new Uint8Array(12) });
  await assertRefused(bare, 415, "is missing");
  const zipped = post("/latents", [[1, 2, 3]]);
  zipped.headers.set("content-encoding", "gzip");
  await assertRefused(zipped, 415, "is gzip");
});

Deno.test("query parameters that are unknown, repeated or invalid get 400", async () => {
  const rows = [[1, 2, 3]];
  await assertRefused(post("/latents?topp=3", rows), 400, 'there is "topp"');
  await assertRefused(post("/codes?top=3", rows), 400, 'there is "top"');
  await assertRefused(new Request("http://edge/?verbose"), 400, 'there is "verbose"');
  await assertRefused(post("/latents?top=1&top=2", rows), 400, "only once");
  for (const top of ["0", "-1", "1.5", "many", "", "1e3", "9".repeat(40)]) {
    await assertRefused(post(`/latents?top=${top}`, rows), 400, `but is "${top}"`);
  }
});

Deno.test("bodies that are not JSON get 400, and invalid rows 422", async () => {
  const cases: [BodyInit, number, string][] = [
    ["", 400, "not JSON"],
    ["[[1,2,3]", 400, "not JSON"],
    ["[[1,2,NaN]]", 400, "not JSON"],
    [new Uint8Array([0x5b, 0xff, 0x5d]), 400, "not JSON"],
    ["{}", 422, "an array of rows"],
    ["3", 422, "an array of rows"],
    ["null", 422, "an array of rows"],
    ["[]", 422, "at least 1 row"],
    ["[1,2,3]", 422, "Row 0 must be an array"],
    ["[[1,2,3],[1,2]]", 422, "Row 1 has 2 values but the autoencoder takes 3"],
    ["[[1,2,3,4]]", 422, "Row 0 has 4 values"],
    ["[[1,null,3]]", 422, "Value 1 of row 0 is not a number"],
    ['[[1,2,3],[1,2,"3"]]', 422, "Value 2 of row 1 is not a number"],
    ["[[1,2,1e39]]", 422, "Value 2 of row 0 is not a finite float32"],
    ["[[1,2,3],[1,-1e999,3]]", 422, "Value 1 of row 1 is not a finite float32"],
    ["[".repeat(4096), 400, "not JSON"],
    ["[".repeat(2048) + "]".repeat(2048), 422, "Row 0 has 1 values"],
  ];
  for (const [body, status, words] of cases) {
    await assertRefused(post("/latents", body), status, words);
  }
});

Deno.test("binary rows that are cut off, empty or not finite get 422", async () => {
  const cases: [BodyInit, string][] = [
    [new Uint8Array(), "at least 1 row"],
    [new Uint8Array(13), "whole rows of 3 float32 values (12 bytes) but has 13"],
    [new Float32Array(4), "but has 16 bytes"],
    [new Float32Array([1, 2, 3, 4, NaN, 6]), "Value 1 of row 1"],
    [new Float32Array([1, 2, -Infinity]), "Value 2 of row 0"],
  ];
  for (const [body, words] of cases) await assertRefused(post("/codes", body, BINARY), 422, words);
});

Deno.test("more rows or bytes than allowed get 413", async () => {
  const rows = new Float32Array(201 * 3);
  await assertRefused(post("/codes", rows, BINARY), 413, "at most 200 rows but has 201");
  await assertRefused(post("/codes", new Uint8Array(4097), BINARY), 413, "at most 4096 bytes");
  await assertRefused(post("/latents", `[[${"0".repeat(5000)}]]`), 413, "at most 4096 bytes");
  const declared = post("/codes", new Float32Array(3), BINARY);
  declared.headers.set("content-length", "4097");
  await assertRefused(declared, 413, "has 4097");
});

Deno.test("a row that the autoencoder rejects gets 422, and any other failure 500", async () => {
  const failing = (error: Error) => serviceOf(fake({ encode: () => Promise.reject(error) }));
  const request = () => post("/codes", [[0, 0, 0]]);
  const rowError = new RangeError("Cannot encode: row 0 of the batch cannot be normalised");
  const refused = await ask(request(), failing(rowError));
  assertEquals([refused.status, await refused.json()], [422, { error: rowError.message }]);
  const broken = await quietly(() => ask(request(), failing(new Error("secret"))));
  assertEquals(broken.status, 500);
  assertMatch(await broken.text(), /^\{"error":"The request could not be answered"\}$/);
});

Deno.test("a failure to load the autoencoder gets 502, and the next request tries again", async () => {
  let tries = 0;
  const load = () => {
    if (++tries === 1) return Promise.reject(new Error("Cannot read http://secret: status 404"));
    return Promise.resolve(fake());
  };
  const service = createService(load, LIMITS);
  const first = await quietly(() => ask(new Request("http://edge/"), service));
  assertEquals(first.status, 502);
  assertEquals(await first.json(), { error: "The autoencoder could not be loaded" });
  const second = await ask(new Request("http://edge/"), service);
  assertEquals(second.status, 200);
  await second.body?.cancel();
});

Deno.test("settings come from the environment, and an invalid one is named", () => {
  const SAE_URL = "https://example.com/sae.safetensors";
  assertEquals(readSettings({ SAE_URL, PATH: "/bin" }), {
    url: SAE_URL,
    prefix: undefined,
    inputScale: undefined,
    screening: undefined,
    allowOrigins: [],
    limits: {
      maxRows: 1024,
      maxBytes: 2 ** 22,
      maxBytesInFlight: 2 ** 25,
      bodySeconds: 30,
      answerSeconds: 30,
      loadSeconds: 20,
    },
  });
  const given = {
    SAE_URL,
    PREFIX: "64",
    INPUT_SCALE: "0.5",
    SCREENING: "off",
    MAX_BYTES: "99",
    MAX_BYTES_IN_FLIGHT: "9",
  };
  const { prefix, inputScale, screening, limits } = readSettings(given);
  assertEquals([prefix, inputScale, screening, limits.maxBytes], [64, 0.5, "off", 9]);
  const cases: [Record<string, string>, string][] = [
    [{}, "SAE_URL must be an http or https address but is missing"],
    [{ SAE_URL: "file:///sae.safetensors" }, "SAE_URL must be an http or https address but is not"],
    [{ SAE_URL, PREFIX: "0" }, 'PREFIX must be a positive whole number but is "0"'],
    [{ SAE_URL, MAX_ROWS: "1e3" }, 'MAX_ROWS must be a positive whole number but is "1e3"'],
    [
      { SAE_URL, ALLOW_ORIGIN: "https://a.example/path" },
      'ALLOW_ORIGIN must be * or origins like https://example.com but has "https://a.example/path"',
    ],
    [{ SAE_URL, SCREENING: "no" }, 'SCREENING must be auto, on or off but is "no"'],
    [{ SAE_URL, INPUT_SCALE: "-1" }, 'INPUT_SCALE must be a positive number but is "-1"'],
  ];
  for (const [environment, words] of cases) {
    assertThrows(() => readSettings(environment), RangeError, `Cannot start: ${words}`);
  }
});

/** What a preflight asks before a page of `origin` may post JSON. */
function preflight(origin: string): Request {
  return new Request("http://edge/latents", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
}

Deno.test("pages of allowed origins may call the service, and no others", async () => {
  const service = allowingOrigins(serviceOf(), ["https://a.example"]);
  const allowed = await ask(preflight("https://a.example"), service);
  assertEquals(allowed.status, 204);
  assertEquals(allowed.headers.get("access-control-allow-origin"), "https://a.example");
  assertEquals(allowed.headers.get("access-control-allow-headers"), "content-type");
  assertEquals(allowed.headers.get("vary"), "origin");
  const other = await ask(preflight("https://b.example"), service);
  assertEquals(other.headers.get("access-control-allow-origin"), null);
  const request = post("/latents", [[1, 2, 3]]);
  request.headers.set("origin", "https://a.example");
  const answer = await ask(request, service);
  assertEquals(answer.headers.get("access-control-allow-origin"), "https://a.example");
  assertEquals((await answer.json()).rows.length, 1);
});

Deno.test("with * every page may call the service; without a setting none may", async () => {
  const open = await ask(preflight("https://b.example"), allowingOrigins(serviceOf(), ["*"]));
  assertEquals([open.status, open.headers.get("access-control-allow-origin")], [204, "*"]);
  const closed = await ask(preflight("https://b.example"), allowingOrigins(serviceOf(), []));
  assertEquals(closed.status, 405);
  await closed.body?.cancel();
});

/** Runs work without the log of the service. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { error } = console;
  console.error = () => {};
  try {
    return await work();
  } finally {
    console.error = error;
  }
}
