/** What SparseAutoencoder computes, against the definition written plainly in float64. */
import { assert, assertEquals, assertLess } from "@std/assert";
import {
  type Activation,
  type Backend,
  createBackend,
  denseFromCodes,
  evaluate,
  type SaeParameters,
  SparseAutoencoder,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { relativeError } from "../golden/golden.ts";
import {
  everyActivation,
  onGrid,
  plainActivations,
  preActivations,
  randomProblem,
} from "../problems.ts";
import { Random } from "../../mod.ts";

const B = 11;
const D = 6;
const N = 20;
const CHUNK_ROWS = 4;
/** A sum of K rounded products is off by at most K·2⁻²⁴ of the sum of magnitudes, here below 8 × the largest sum. */
const tolerance = (K: number) => 8 * K * 2 ** -24;

function plainDecode(
  { inputSize: d, decoder, decoderBias }: SaeParameters,
  f: number[][],
  p: number,
) {
  return f.flatMap((row) =>
    Array.from(decoderBias, (bias, k) => {
      return row.slice(0, p).reduce((sum, value, i) => sum + value * decoder[i * d + k], bias);
    })
  );
}

function inBlocks(backend: Backend, parameters: SaeParameters, activation: Activation) {
  return SparseAutoencoder.fromParameters(backend, parameters, {
    activation,
    chunkRows: CHUNK_ROWS,
  });
}

for (const { name, create } of backends) {
  Deno.test(`encode() and decode() follow the definition chunk by chunk on ${name}`, async () => {
    using backend = await create();
    const problem = randomProblem(B, D, N, 1);
    const { parameters, batch } = problem;
    for (const activation of everyActivation(N, 3)) {
      for (const subtractDecoderBias of [false, true]) {
        const options = { activation, subtractDecoderBias };
        const f = plainActivations(preActivations(problem, options), activation);
        for (const chunkRows of [CHUNK_ROWS, undefined]) {
          const all = { ...options, chunkRows };
          using sae = SparseAutoencoder.fromParameters(backend, parameters, all);
          const codes = await sae.encode(batch);
          const what = `${JSON.stringify(all)}`;
          assertLess(relativeError(denseFromCodes(codes), f.flat()), tolerance(D + 1), what);
          for (const prefix of [1, 7, N]) {
            const expected = plainDecode(parameters, f, prefix);
            const decoded = await sae.decode(codes, { prefix });
            assertLess(relativeError(decoded, expected), tolerance(D + N + 2), what);
            assertEquals(await sae.reconstruct(batch, { prefix }), decoded);
          }
        }
      }
    }
    assertEquals(backend.allocatedBytes, 0);
  });

  Deno.test(`encode() makes room for more active latents than it expects on ${name}`, async () => {
    using backend = await create();
    const problem = randomProblem(3, 4, 300, 2);
    const { parameters, batch } = problem;
    using sae = SparseAutoencoder.fromParameters(backend, parameters);
    const { rowOffsets, indices } = await sae.encode(batch);
    const active = preActivations(problem, {}).map((row) =>
      row.flatMap((v, i) => v > 0 ? [i] : [])
    );
    assert(active.flat().length > 3 * 64);
    assertEquals(
      active.map((_, b) => [...indices.slice(rowOffsets[b], rowOffsets[b + 1])]),
      active,
    );
  });

  Deno.test(`prefix() is the autoencoder of the first latents, on shared memory on ${name}`, async () => {
    using backend = await create();
    const { parameters, batch } = randomProblem(B, D, N, 3);
    const p = 7;
    const cut = (values: Float32Array) => values.slice(0, values.length / N * p);
    const alone = {
      ...parameters,
      latentCount: p,
      encoder: cut(parameters.encoder),
      encoderBias: cut(parameters.encoderBias),
      decoder: cut(parameters.decoder),
    };
    for (const activation of everyActivation(N, 9)) {
      using whole = inBlocks(backend, parameters, activation);
      const held = backend.allocatedBytes;
      using part = whole.prefix(p);
      assertEquals(backend.allocatedBytes, held);
      const cutActivation = "threshold" in activation
        ? { ...activation, threshold: activation.threshold.slice(0, p) }
        : "k" in activation
        ? { ...activation, k: p }
        : activation;
      using copy = inBlocks(backend, alone, cutActivation);
      assertEquals(part.activation, cutActivation);
      assertEquals([part.latentCount, part.prefix(3).latentCount], [p, 3]);
      assertEquals(await part.parameters(), alone);
      assertEquals(await part.encode(batch), await copy.encode(batch));
      const decoded = await part.reconstruct(batch);
      assertEquals(decoded, await copy.reconstruct(batch));
      // Without a top-k the latents do not compete, so it is the partial sum, too.
      if ("k" in activation) continue;
      const partial = await whole.reconstruct(batch, { prefix: p });
      assertLess(relativeError(decoded, partial), tolerance(D + N + 2), activation.kind);
    }
  });
}

Deno.test("batchtopk keeps the largest of all rows, whatever the chunks, and the lower index on a tie", async () => {
  using backend = await createBackend("wasm");
  // Rows of one number and latents that copy it: activations are the numbers themselves.
  const ones = new Float32Array(3).fill(1);
  const parameters = {
    inputSize: 1,
    latentCount: 3,
    encoder: ones,
    encoderBias: new Float32Array(3),
    decoder: ones,
    decoderBias: new Float32Array(1),
  };
  const x = new Float32Array([1, 5, -1, 5, 5, 2, 5, 5]);
  for (const chunkRows of [1, 2, 3, 7, 8]) {
    using sae = SparseAutoencoder.fromParameters(backend, parameters, {
      activation: { kind: "batchtopk", k: 1 },
      chunkRows,
    });
    const codes = await sae.encode(x);
    assertEquals([...codes.rowOffsets], [0, 0, 3, 3, 6, 8, 8, 8, 8], `${chunkRows}`);
    assertEquals([...codes.indices], [0, 1, 2, 0, 1, 2, 0, 1]);
    assertEquals([...codes.values], Array(8).fill(5));
  }
});

Deno.test("decode() at a prefix has the squared error that evaluate() finds, top-k among all latents", async () => {
  using backend = await createBackend("reference");
  const { parameters, batch } = randomProblem(B, D, N, 4);
  const activation = { kind: "topk", k: 3 } as const;
  const options = { activation, prefixes: [2, 9, N] };
  const { perPrefix } = await evaluate(
    backend,
    parameters,
    (async function* () {
      yield batch;
    })(),
    options,
  );
  using sae = SparseAutoencoder.fromParameters(backend, parameters, options);
  const codes = await sae.encode(batch);
  for (const { prefix, squaredError } of perPrefix) {
    const decoded = await sae.decode(codes, { prefix });
    const squares = decoded.reduce((sum, value, i) => sum + (value - batch[i]) ** 2, 0);
    assertLess(Math.abs(squares / B / squaredError - 1), 1e-6);
  }
});

Deno.test("rows are normalised before the encoder, and reconstructions are scaled back", async () => {
  using backend = await createBackend("reference");
  const { parameters } = randomProblem(B, D, N, 5);
  const batch = onGrid(Random.fromSeed(6), B * D, 3).map((value) => value + 2);
  const cases = [
    [{ kind: "layerNorm", epsilon: 0.25 }, (row: number[]) => {
      const mean = row.reduce((a, b) => a + b) / D;
      const scale = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / (D - 1));
      return { mean, scale, divisor: scale + 0.25 };
    }],
    [{ kind: "rowNorm" }, (row: number[]) => {
      const scale = Math.hypot(...row) / Math.sqrt(D);
      return { mean: 0, scale, divisor: scale };
    }],
  ] as const;
  for (const [inputNormalization, unitsOf] of cases) {
    const options = { inputNormalization, chunkRows: CHUNK_ROWS };
    using sae = SparseAutoencoder.fromParameters(backend, parameters, options);
    using plain = SparseAutoencoder.fromParameters(backend, parameters);
    const rows = Array.from({ length: B }, (_, b) => [...batch.subarray(b * D, (b + 1) * D)]);
    const units = rows.map(unitsOf);
    const normalised = Float32Array.from(
      rows.flatMap((row, b) => row.map((x) => (x - units[b].mean) / units[b].divisor)),
    );
    const inside = await plain.reconstruct(normalised, { prefix: 9 });
    const expected = inside.map((v, i) => {
      const { scale, mean } = units[Math.floor(i / D)];
      return v * scale + mean;
    });
    const codes = await sae.encode(batch);
    assertEquals(denseFromCodes(codes), denseFromCodes(await plain.encode(normalised)));
    // Scale and shift are rounded to float32.
    assertLess(relativeError(await sae.decode(codes, { prefix: 9 }), expected), 2 ** -22);
    assertLess(relativeError(await sae.reconstruct(batch, { prefix: 9 }), expected), 2 ** -22);
  }
});

Deno.test("fromSae() folds the scale that a meanNorm autoencoder needs", async () => {
  using backend = await createBackend("reference");
  const { parameters, batch } = randomProblem(B, D, N, 7);
  const sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: true } as const;
  using scaled = SparseAutoencoder.fromSae(
    backend,
    { ...sae, inputNormalization: { kind: "meanNorm" } },
    { inputScale: 4 },
  );
  using plain = SparseAutoencoder.fromSae(backend, sae);
  const inside = await plain.reconstruct(batch.map((value) => 4 * value));
  assertEquals(await scaled.reconstruct(batch), inside.map((value) => value / 4));
});
