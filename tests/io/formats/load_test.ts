/** SparseAutoencoder.load(): from everywhere, and no more than asked for. */
import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  type ByteSource,
  createBackend,
  initialParameters,
  Random,
  type Sae,
  type SaeLocation,
  saveSae,
  sourceFromBytes,
  SparseAutoencoder,
} from "../../../mod.ts";
import { sourcesFromPath } from "../../../src/io/sources/paths.ts";
import { interopExpected, interopFiles } from "./golden_files.ts";
import { relativeError } from "../../golden/golden.ts";
import { RangeServer } from "../sources/range_server.ts";

const D = 32;
const N = 1024;
const parameters = initialParameters(D, N, Random.fromSeed(1));
const sae: Sae = {
  parameters: { ...parameters, encoderBias: parameters.encoderBias.map((_, i) => i / N - 0.5) },
  activation: { kind: "jumprelu", threshold: Float32Array.from({ length: N }, (_, i) => i / N) },
  subtractDecoderBias: true,
  prefixes: [64, 256, N],
  training: { preset: "default", options: { steps: 1000, seed: 3 }, versions: { deno: "2.9.6" } },
};
const bytes = saveSae(sae, "native")["sae.safetensors"].slice();
using backend = await createBackend("reference");
const random = Random.fromSeed(2);
const batch = Float32Array.from({ length: 5 * D }, () => random.normal());

/** What the first p latents of the autoencoder give. */
async function expectedOf(p: number): Promise<Float32Array> {
  using whole = SparseAutoencoder.fromSae(backend, sae);
  using part = whole.prefix(p);
  return await part.reconstruct(batch);
}

async function reconstructed(
  source: SaeLocation,
  options: Parameters<typeof SparseAutoencoder.load>[2] = {},
): Promise<Float32Array> {
  using loaded = await SparseAutoencoder.load(backend, source, options);
  assertEquals(loaded.latentCount, options.prefix ?? N);
  return await loaded.reconstruct(batch);
}

Deno.test("load() fetches 1/16 of the latents with less than 1/15 of the bytes", async () => {
  await using server = new RangeServer(bytes);
  const notices: string[] = [];
  const prefix = N / 16;
  using loaded = await SparseAutoencoder.load(backend, server.url, {
    prefix,
    onNotice: (notice) => notices.push(notice),
  });
  assertLess(server.sentBytes, bytes.length / 15);
  // The header and the beginning of the first array came at once, then one range of each array.
  assertEquals(server.seen.length, 1 + 5);
  assertEquals(notices, []);
  assertEquals([loaded.latentCount, loaded.inputSize, loaded.prefixes], [prefix, D, [prefix]]);
  assertEquals(await loaded.reconstruct(batch), await expectedOf(prefix));
});

Deno.test("load() fetches every byte at most once, whatever the prefix", async () => {
  await using server = new RangeServer(bytes);
  for (const prefix of [1, 300, N, undefined]) {
    const before = server.sentBytes;
    assertEquals(await reconstructed(server.url, { prefix }), await expectedOf(prefix ?? N));
    const sent = server.sentBytes - before;
    if (prefix === N || prefix === undefined) assertEquals(sent, bytes.length);
    assert(sent <= Math.max(bytes.length * (prefix ?? N) / N, 0) + 2048 + 4 * D, `${prefix}`);
  }
});

Deno.test("load() reads once if the server ignores ranges, and says so", async () => {
  await using server = new RangeServer(bytes);
  server.ranges = false;
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const got = await reconstructed(server.url, { prefix: 64, onNotice });
  assertEquals(got, await expectedOf(64));
  assertEquals([server.seen.length, server.sentBytes], [1, bytes.length]);
  assertEquals(notices.length, 1);
});

Deno.test("load() detects a file that was cut off or changes between reads", async (t) => {
  const cases: [string, (server: RangeServer) => void, string][] = [
    ["cut off", (s) => s.file = bytes.slice(0, -1), `but the file has ${bytes.length - 1} bytes`],
    ["within the header", (s) => s.file = bytes.slice(0, 100), "its header ends at byte"],
    ["replaced between requests", (server) => {
      server.misbehave = (n) => n === 3 ? { headers: { etag: '"2"' } } : undefined;
    }, "changed while it was read"],
    ["an answer that breaks off", (server) => {
      server.misbehave = (n) => n === 2 ? { body: bytes.slice(0, 10) } : undefined;
    }, "10 came: the response broke off"],
    ["not there", (s) => s.misbehave = () => ({ status: 404 }), "the server gave status 404"],
  ];
  for (const [name, change, message] of cases) {
    await t.step(name, async () => {
      await using server = new RangeServer(bytes);
      change(server);
      const held = backend.allocatedBytes;
      const load = () => SparseAutoencoder.load(backend, server.url, { prefix: 64 });
      const error = await assertRejects(load, Error, message);
      assert(error.message.includes(server.name), error.message);
      assertEquals(backend.allocatedBytes, held);
    });
  }
});

Deno.test("load() takes an autoencoder from every kind of location", async (t) => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a b.safetensors`;
  await Deno.writeFile(path, bytes);
  await using server = new RangeServer(bytes);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const object = URL.createObjectURL(new Blob([bytes]));
  const expected = await expectedOf(64);
  const places: [string, () => SaeLocation | Promise<SaeLocation>][] = [
    ["an http URL", () => server.url],
    ["a URL object", () => new URL(server.url)],
    ["a file: URL", () => new URL(`file://${path.replaceAll(" ", "%20")}`).href],
    ["a data: URL", () => `data:application/octet-stream;base64,${base64}`],
    ["a blob: URL", () => object],
    ["a path", () => path],
    ["the path of a folder", () => folder],
    ["a file: URL of a folder", () => new URL(`file://${folder}`)],
    ["a Response", () => fetch(server.url)],
    ["a Response of one's own", () => new Response(bytes)],
    ["a Blob", () => new Blob([bytes])],
    ["a File", () => new File([bytes], "sae.safetensors")],
    ["bytes", () => bytes],
    ["an ArrayBuffer", () => bytes.buffer],
    ["a ByteSource", () => sourceFromBytes(bytes)],
    ["files by name", () => ({ "runs/sae.safetensors": bytes })],
  ];
  try {
    for (const [name, place] of places) {
      await t.step(name, async () => {
        assertEquals(await reconstructed(await place(), { prefix: 64 }), expected);
      });
    }
  } finally {
    URL.revokeObjectURL(object);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load() takes a folder of another library, and cuts what is not latent-major", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await interopFiles("saelens_standard");
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, content);
    }
    const expected = await interopExpected("saelens_standard");
    using whole = await SparseAutoencoder.load(backend, folder + "/");
    const x = Float32Array.from(expected.x);
    assertLess(relativeError(await whole.reconstruct(x), expected.reconstruction), 1e-5);
    using part = await SparseAutoencoder.load(backend, folder, { prefix: 3, format: "saelens" });
    using same = whole.prefix(3);
    assertEquals(await part.encode(x), await same.encode(x));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load() names a source or option that it cannot take", async (t) => {
  const used = new Response(bytes);
  await used.text();
  const cases: [string, SaeLocation, object, typeof Error, string][] = [
    ["no file", "/does/not/exist", {}, Error, "Cannot read /does/not/exist: "],
    ["no path", "", {}, RangeError, "Cannot load the autoencoder: the path is empty"],
    ["a file elsewhere", "file://host/a", {}, TypeError, "Cannot read file://host/a: "],
    ["no URL", "ftp:", {}, Error, "Cannot read ftp:"],
    ["a refusal", new Response("no", { status: 403 }), {}, Error, "gave status 403"],
    ["a part", new Response(bytes, { status: 206 }), {}, Error, "the server gave status 206"],
    ["a used body", used, {}, TypeError, "has been read already"],
    [
      "an answer that breaks off",
      new Response("x", { headers: { "content-length": "9" } }),
      {},
      RangeError,
      "9 bytes were asked for but 1 came",
    ],
    ["text", new Blob(["hello there"]), {}, TypeError, "none of its files is a safetensors file"],
    ["nothing", new Uint8Array(), {}, TypeError, "none of its files is a safetensors file"],
    ["a number", 3 as never, {}, TypeError, "but is 3 (number)"],
    ["too long a prefix", bytes, { prefix: N + 1 }, RangeError, "1025 exceeds latentCount 1024"],
    ["a prefix of no kind", bytes, { prefix: "3" }, TypeError, "prefix must be a number"],
    ["a scale out of place", bytes, { inputScale: 2 }, RangeError, 'only a "meanNorm"'],
    ["a wrong format", bytes, { format: "openai" }, TypeError, "files of openai are torch"],
  ];
  for (const [name, source, options, kind, message] of cases) {
    await t.step(name, async () => {
      await assertRejects(() => SparseAutoencoder.load(backend, source, options), kind, message);
    });
  }
});

Deno.test("no error contains the query of a response's URL, which may hold a signature", async () => {
  await using server = new RangeServer(bytes);
  server.misbehave = () => ({ status: 403 });
  const answer = await fetch(server.url);
  const error = await assertRejects(() => SparseAutoencoder.load(backend, answer), Error, "403");
  assert(error.message.startsWith(`Cannot read ${server.name}: `), error.message);
});

Deno.test(
  "load() passes over links to nowhere, and does not wait for pipes",
  { ignore: Deno.build.os === "windows" },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeFile(`${folder}/sae.safetensors`, bytes);
      await Deno.symlink(`${folder}/none`, `${folder}/cfg.json`);
      const pipe = `${folder}/pipe`;
      assertEquals((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
      using loaded = await SparseAutoencoder.load(backend, folder);
      assertEquals(loaded.latentCount, N);
      await assertRejects(
        () => SparseAutoencoder.load(backend, pipe),
        TypeError,
        `Cannot read ${pipe}: it is neither a regular file nor a folder`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("a path is refused by name in a runtime without a file system", async () => {
  const process = Reflect.getOwnPropertyDescriptor(globalThis, "process")!;
  Object.defineProperty(globalThis, "process", { value: undefined, configurable: true });
  try {
    await assertRejects(
      () => SparseAutoencoder.load(backend, "runs/sae.safetensors"),
      TypeError,
      "Cannot read runs/sae.safetensors: this runtime has no file system",
    );
  } finally {
    Object.defineProperty(globalThis, "process", process);
  }
});

Deno.test("a change of a file on disk between reads is detected", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    const source = await sourcesFromPath(path) as ByteSource;
    await Deno.writeFile(path, bytes.slice(0, 50));
    await assertRejects(() => source.read(0, 10), RangeError, "the file changed while it was");
  } finally {
    await Deno.remove(path);
  }
});
