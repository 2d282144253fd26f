import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createBackend,
  initialParameters,
  Random,
  type Sae,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";

const parameters = initialParameters(4, 10, Random.fromSeed(1));
const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: false };

Deno.test("fromParameters(), fromSae() and load() refuse unknown options", async () => {
  using backend = await createBackend("reference");
  const cases: [(options: object) => unknown, string][] = [
    [(options) => SparseAutoencoder.fromParameters(backend, parameters, options), "create an"],
    [(options) => SparseAutoencoder.fromSae(backend, sae, options), "create an"],
  ];
  for (const [call, task] of cases) {
    assertThrows(
      () => call({ chunkrows: 4 }),
      TypeError,
      `Cannot ${task} autoencoder: there is no option "chunkrows"; did you mean chunkRows?`,
    );
  }
  const files = saveSae(sae, "native");
  await assertRejects(
    () => SparseAutoencoder.load(backend, files, { prefixes: 3 } as object),
    TypeError,
    'Cannot load the autoencoder: there is no option "prefixes"; did you mean prefix?',
  );
  assertEquals(backend.allocatedBytes, 0);
});

Deno.test("load() passes on the options of loadSae(), sourceFromUrl() and fromSae()", async () => {
  using backend = await createBackend("reference");
  using loaded = await SparseAutoencoder.load(backend, "https://sae.test/sae.safetensors", {
    format: "native",
    prefix: 3,
    chunkRows: 2,
    signal: new AbortController().signal,
    onNotice: () => {},
    fetch: () => Promise.resolve(new Response(saveSae(sae, "native")["sae.safetensors"].slice())),
  });
  assertEquals(loaded.latentCount, 3);
});

Deno.test("decode() and reconstruct() refuse unknown options", async () => {
  using backend = await createBackend("reference");
  using whole = SparseAutoencoder.fromParameters(backend, parameters);
  const codes = await whole.encode(new Float32Array(8));
  const options = { prefx: 3 } as object;
  const hint = 'there is no option "prefx"; did you mean prefix?';
  await assertRejects(() => whole.decode(codes, options), TypeError, `Cannot decode: ${hint}`);
  await assertRejects(
    () => whole.reconstruct(new Float32Array(8), options),
    TypeError,
    `Cannot reconstruct: ${hint}`,
  );
});

Deno.test("chunkRows may be given by its former name, blockRows, with one warning", async () => {
  using backend = await createBackend("reference");
  const warnings: unknown[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => warnings.push(words);
  const rows = new Float32Array(5 * 4).fill(1);
  try {
    using former = SparseAutoencoder.fromParameters(backend, parameters, { blockRows: 2 });
    using now = SparseAutoencoder.fromSae(backend, sae, { blockRows: 3, chunkRows: 3 });
    assertEquals(await former.encode(rows), await now.encode(rows));
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings.length, 1);
  for (
    const [options, message] of [
      [{ blockRows: 2, chunkRows: 3 }, "chunkRows is 3 but blockRows, its former name, is 2"],
      [{ blockRows: 0 }, "blockRows must be an integer of at least 1 but is 0"],
    ] as const
  ) {
    assertThrows(
      () => SparseAutoencoder.fromParameters(backend, parameters, options),
      RangeError,
      message,
    );
  }
});
