/** Weights that stay in the type of their file give the codes of the float32 weights that they stand for. */
import { assert, assertEquals, assertGreater, assertRejects, assertThrows } from "@std/assert";
import {
  type ByteSource,
  createBackend,
  loadSae,
  Random,
  readSafetensorsHeader,
  type Sae,
  saveSae,
  type SaveSaeOptions,
  sourceFromBytes,
  SparseAutoencoder,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { everyActivation, randomProblem } from "../problems.ts";

const B = 7;
const N = 22;
const TYPES: Readonly<Record<string, NonNullable<SaveSaeOptions["dtype"]>>> = {
  f32: "F32",
  f16: "F16",
  bf16: "BF16",
  int8: "int8",
};

/** Returns an autoencoder on inputs of d, and a batch. */
function problem(d: number) {
  const { parameters, batch } = randomProblem(B, d, N, d);
  const random = Random.fromSeed(d);
  // A row of zeros, and one with a weight that int8 resolves to nothing but itself.
  parameters.encoder.fill(0, d, 2 * d);
  parameters.encoder[2 * d] = 1000 + random.uniform();
  return { parameters, batch };
}

for (const { name, create } of backends) {
  Deno.test(`weights of every type give the bits of their float32 values on ${name}`, async (t) => {
    using backend = await create();
    const expands = backend.storedWeights === undefined;
    const activations = everyActivation(N, 3);
    // Rows that fill whole words, and rows that do not. Where weights are expanded, one of each tells.
    for (const d of expands ? [5] : [8, 5, 6, 7]) {
      const { parameters, batch } = problem(d);
      for (const [type, dtype] of Object.entries(TYPES)) {
        await t.step(`${type}, d ${d}`, async () => {
          for (const activation of expands ? activations.slice(0, 1) : activations) {
            const subtractDecoderBias = activation.kind !== "relu";
            const sae: Sae = { parameters, activation, subtractDecoderBias };
            const files = saveSae(sae, "native", { dtype });
            using stored = await SparseAutoencoder.load(backend, files, { chunkRows: 4 });
            using floats = SparseAutoencoder.fromSae(backend, await loadSae(files), {
              chunkRows: 4,
              screening: "off",
            });
            assertEquals(stored.weightType, expands ? "f32" : type);
            assertEquals(floats.weightType, "f32");
            assertEquals(await stored.parameters(), await floats.parameters());
            for (const p of [N, 9]) {
              using part = stored.prefix(p);
              using plain = floats.prefix(p);
              const codes = await part.encode(batch);
              assertEquals(codes, await plain.encode(batch));
              assertEquals(await part.decode(codes), await plain.decode(codes));
              using loaded = await SparseAutoencoder.load(backend, files, {
                prefix: p,
                parts: "encoder",
                chunkRows: 4,
              });
              assertEquals(await loaded.encode(batch), codes);
            }
          }
        });
      }
    }
  });

  Deno.test(`stored weights give the same codes without screening, in less memory, on ${name}`, async () => {
    using backend = await create();
    const { parameters, batch } = problem(64);
    for (const activation of everyActivation(N, 3)) {
      for (const dtype of ["F16", "BF16", "int8"] as const) {
        const sae: Sae = { parameters, activation, subtractDecoderBias: false };
        const files = saveSae(sae, "native", { dtype });
        const before = backend.allocatedBytes;
        using plain = await SparseAutoencoder.load(backend, files, { screening: "off" });
        const off = backend.allocatedBytes - before;
        using screened = await SparseAutoencoder.load(backend, files);
        const more = backend.allocatedBytes - before - 2 * off;
        const copies = backend.storedWeights && backend.screening === "faster" &&
          dtype !== "int8" &&
          activation.kind !== "identity";
        // A byte for each weight, less a word for each latent that stands in for them.
        if (copies) assertGreater(more, (64 - 8) * N);
        assertEquals(await plain.encode(batch), await screened.encode(batch));
        using part = plain.prefix(4);
        using first = screened.prefix(4);
        assertEquals(await part.encode(batch), await first.encode(batch));
      }
    }
  });

  Deno.test(`screening changes no bit on ${name}`, async () => {
    using backend = await create();
    const { parameters, batch } = problem(6);
    const options = { screening: backend.screening ? "on" : "auto" } as const;
    for (const activation of everyActivation(N, 3)) {
      using screened = SparseAutoencoder.fromParameters(backend, parameters, {
        activation,
        ...options,
      });
      using plain = SparseAutoencoder.fromParameters(backend, parameters, {
        activation,
        screening: "off",
      });
      for (const rows of [batch, batch.subarray(0, 6)]) {
        assertEquals(await screened.encode(rows), await plain.encode(rows));
      }
      using part = screened.prefix(4);
      using first = plain.prefix(4);
      assertEquals(await part.encode(batch), await first.encode(batch));
    }
  });

  Deno.test(`an autoencoder with stored weights leaves no tensor behind on ${name}`, async () => {
    using backend = await create();
    const { parameters, batch } = problem(5);
    const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: true };
    const before = backend.allocatedBytes;
    for (const dtype of Object.values(TYPES)) {
      const files = saveSae(sae, "native", { dtype });
      {
        using stored = await SparseAutoencoder.load(backend, files);
        using part = stored.prefix(3);
        await part.reconstruct(batch);
      }
      assertEquals(backend.allocatedBytes, before);
      const file = files["sae.safetensors"];
      const { tensors } = await readSafetensorsHeader(sourceFromBytes(file));
      const { offset, byteLength } = tensors.get("encoder")!;
      // The last four bytes: a float that is not finite, two of them, or −128.
      file.fill(dtype === "int8" ? 0x80 : 0xff, offset + byteLength - 4, offset + byteLength);
      await assertRejects(
        () => SparseAutoencoder.load(backend, files),
        RangeError,
        dtype === "int8"
          ? `element ${5 * N - 4} of encoder must be from -127 to 127 but is -128`
          : `element ${5 * N - (dtype === "F32" ? 1 : 2)} of encoder is NaN`,
      );
      assertEquals(backend.allocatedBytes, before);
    }
  });
}

Deno.test('load() with parts "encoder" reads no byte of the decoder', async () => {
  using backend = await createBackend("reference");
  const { parameters, batch } = problem(8);
  const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: true };
  for (const dtype of Object.values(TYPES)) {
    const bytes = saveSae(sae, "native", { dtype })["sae.safetensors"];
    using whole = await SparseAutoencoder.load(backend, bytes);
    const codes = await whole.encode(batch);
    const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
    const { offset, byteLength } = tensors.get("decoder")!;
    const source: ByteSource = {
      name: "a.safetensors",
      size: bytes.length,
      read(from, length) {
        const apart = from + length <= offset || from >= offset + byteLength;
        assert(apart, `bytes ${from} to ${from + length} are of the decoder`);
        return Promise.resolve(bytes.subarray(from, from + length));
      },
    };
    using encoder = await SparseAutoencoder.load(backend, source, { parts: "encoder" });
    assertEquals([whole.parts, encoder.parts], ["all", "encoder"]);
    assertEquals(await encoder.encode(batch), codes);
    const refused =
      'only the encoder was loaded ({parts: "encoder"}); load the autoencoder without `parts`';
    await assertRejects(() => encoder.decode(codes), TypeError, `Cannot decode: ${refused}`);
    await assertRejects(
      () => encoder.reconstruct(batch),
      TypeError,
      `Cannot reconstruct: ${refused}`,
    );
    await assertRejects(
      () => encoder.parameters(),
      TypeError,
      `Cannot give parameters: ${refused}`,
    );
    using part = encoder.prefix(2);
    assertEquals(part.parts, "encoder");
    await assertRejects(() => part.decode(codes), TypeError, refused);
  }
});

Deno.test("options of stored weights that cannot be are named", async () => {
  using backend = await createBackend("reference");
  const { parameters } = problem(8);
  const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: true };
  const files = saveSae(sae, "native");
  const cases: [object, ErrorConstructor, string][] = [
    [
      { parts: "decoder" },
      TypeError,
      'parts must be one of "all", "encoder" but is "decoder" (string)',
    ],
    [
      { screening: true },
      TypeError,
      'screening must be one of "auto", "on", "off" but is true (boolean)',
    ],
    [{ inputScale: 2 }, RangeError, 'inputScale is 2 but only a "meanNorm" autoencoder takes one'],
  ];
  for (const [options, kind, message] of cases) {
    const error = await assertRejects(() => SparseAutoencoder.load(backend, files, options), kind);
    assertEquals(error.message, `Cannot load the autoencoder: ${message}`);
  }
  for (const format of ["saelens", "sparsify", "gemma_scope"] as const) {
    assertThrows(
      () => saveSae(sae, format, { dtype: "int8" }),
      TypeError,
      `Cannot save the autoencoder: only native files can be int8 but format is ${format}`,
    );
  }
});

Deno.test("weights in F16 and BF16 of other libraries stay so, unless they were folded", async () => {
  using backend = await createBackend("wasm");
  const { parameters, batch } = problem(6);
  for (const [type, dtype] of [["f16", "F16"], ["bf16", "BF16"], ["f32", "F32"]] as const) {
    const sae: Sae = { parameters, activation: { kind: "topk", k: 3 }, subtractDecoderBias: true };
    for (const format of ["saelens", "sparsify"] as const) {
      const files = saveSae(sae, format, { dtype });
      for (const prefix of [N, 5]) {
        const loading = { prefix, parts: "all" } as const;
        using stored = await SparseAutoencoder.load(backend, files, loading);
        using floats = SparseAutoencoder.fromSae(backend, await loadSae(files, { prefix }));
        assertEquals([stored.weightType, floats.weightType], [type, "f32"]);
        assertEquals(await stored.parameters(), await floats.parameters());
        const codes = await stored.encode(batch);
        assertEquals(codes, await floats.encode(batch));
        assertEquals(await stored.decode(codes), await floats.decode(codes));
      }
      using encoder = await SparseAutoencoder.load(backend, files, { parts: "encoder" });
      await assertRejects(
        () => encoder.reconstruct(batch),
        TypeError,
        "only the encoder was loaded",
      );
    }
  }
  // SAELens multiplies by decoder norms, which changes the rounded weights.
  const files = saveSae(
    { parameters, activation: { kind: "topk", k: 3 }, subtractDecoderBias: true },
    "saelens",
    { dtype: "F16" },
  );
  const config = JSON.parse(new TextDecoder().decode(files["cfg.json"]));
  config.rescale_acts_by_decoder_norm = true;
  files["cfg.json"] = new TextEncoder().encode(JSON.stringify(config));
  using folded = await SparseAutoencoder.load(backend, files);
  using floats = SparseAutoencoder.fromSae(backend, await loadSae(files));
  assertEquals(folded.weightType, "f32");
  assertEquals(await folded.encode(batch), await floats.encode(batch));
});
