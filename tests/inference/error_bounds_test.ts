/** The bounds that codes of weights in int8 come with hold against the float32 weights from which they were made. */
import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import {
  type Backend,
  createBackend,
  denseFromCodes,
  type InputNormalization,
  loadSae,
  Random,
  type Sae,
  type SaeParameters,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";
import { upwards } from "../../src/io/formats/int8.ts";
import { portableBackends } from "../backends.ts";

const N = 12;

/** Latents whose errors are hard to bound: large and small weights together, tiny rows, a zero row, exact rows. */
function adversarialWeights(d: number, random: Random): SaeParameters {
  const parameters = {
    inputSize: d,
    latentCount: N,
    encoder: Float32Array.from({ length: N * d }, () => random.normal()),
    encoderBias: Float32Array.from({ length: N }, (_, i) => (i % 3 - 1) * random.normal()),
    decoder: Float32Array.from({ length: N * d }, () => random.normal()),
    decoderBias: Float32Array.from({ length: d }, () => random.normal()),
  };
  const { encoder } = parameters;
  const row = (i: number) => encoder.subarray(i * d, (i + 1) * d);
  row(0).fill(0);
  row(1)[0] = 1e4;
  row(2).forEach((value, k) => row(2)[k] = value * 1e-38);
  // Integers times a power of two: int8 loses nothing, and only float32 rounds.
  row(3).forEach((_, k) => row(3)[k] = k === 0 ? 127 : random.integer(255) - 127);
  // Halfway between integers, where the error is largest.
  row(4).forEach((_, k) =>
    row(4)[k] = k === 0 ? 127 : (k % 2 ? 1 : -1) * (random.integer(120) + 0.5)
  );
  return parameters;
}

/** Rows of which each is the worst for one latent, x = ±s (E_i − Ê_i) + c, and random ones. */
function adversarialRows(exact: SaeParameters, stored: SaeParameters, random: Random) {
  const { inputSize: d, encoder, decoderBias } = exact;
  const rows: number[] = [];
  for (let i = 0; i < N; i++) {
    for (const scale of [1e3, -7]) {
      for (let k = 0; k < d; k++) {
        rows.push(scale * (encoder[i * d + k] - stored.encoder[i * d + k]) + decoderBias[k]);
      }
    }
  }
  for (const size of [1e-20, 1, 1e6]) {
    for (let n = 0; n < 4 * d; n++) rows.push(size * random.normal());
  }
  return Float32Array.from(rows);
}

/** Returns what each code is with the float32 weights: in exact arithmetic up to float64's, and as they encode it. */
async function wanted(backend: Backend, sae: Sae, x: Float32Array) {
  using floats = SparseAutoencoder.fromSae(backend, sae, { screening: "off" });
  const asEncoded = denseFromCodes(await floats.encode(x));
  const { inputSize: d, encoder, encoderBias, decoderBias } = sae.parameters;
  const exact = Float64Array.from(asEncoded, (_, n) => {
    const i = n % N;
    const b = Math.floor(n / N);
    let sum = encoderBias[i];
    for (let k = 0; k < d; k++) {
      // The encoder sees x − c in float32.
      const value = x[b * d + k];
      const seen = sae.subtractDecoderBias ? Math.fround(value - decoderBias[k]) : value;
      sum += seen * encoder[i * d + k];
    }
    return sae.activation.kind === "relu" ? Math.max(sum, 0) : sum;
  });
  return { asEncoded, exact };
}

for (const { name, create } of portableBackends) {
  Deno.test(`every activation of int8 weights is within its bound on ${name}`, async () => {
    using backend = await create();
    const random = Random.fromSeed(5);
    let tightest = 0;
    for (const d of [1, 6, 64, 300]) {
      const parameters = adversarialWeights(d, random);
      for (const kind of ["identity", "relu"] as const) {
        const sae: Sae = { parameters, activation: { kind }, subtractDecoderBias: d !== 6 };
        const files = saveSae(sae, "native", { dtype: "int8" });
        const x = adversarialRows(parameters, (await loadSae(files)).parameters, random);
        using stored = await SparseAutoencoder.load(backend, files);
        const codes = await stored.encode(x, { errorBounds: true });
        const { values, indices, rowOffsets } = codes;
        const bounds = codes.errorBounds!;
        assertEquals(bounds.length, values.length);
        const { asEncoded, exact } = await wanted(backend, sae, x);
        for (let b = 0; b < codes.rows; b++) {
          for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
            for (const f of [asEncoded[b * N + indices[e]], exact[b * N + indices[e]]]) {
              const error = Math.abs(values[e] - f);
              assert(
                error <= bounds[e],
                `latent ${indices[e]} of row ${b}, d ${d}: ${values[e]} for ${f}, bound ${
                  bounds[e]
                }`,
              );
              tightest = Math.max(tightest, error / bounds[e]);
            }
          }
        }
      }
    }
    // Rows along an error reach it, but for the room for rounding.
    assertGreater(tightest, 0.98);
  });
}

Deno.test("bounds are of the row as the encoder sees it, and prefixes have them", async () => {
  using backend = await createBackend("reference");
  const random = Random.fromSeed(6);
  const parameters = adversarialWeights(16, random);
  const x = Float32Array.from({ length: 5 * 16 }, () => 100 * random.normal());
  const of = async (inputNormalization?: InputNormalization) => {
    const activation = { kind: "identity" } as const;
    const sae: Sae = { parameters, activation, subtractDecoderBias: false, inputNormalization };
    const files = saveSae(sae, "native", { dtype: "int8" });
    using stored = await SparseAutoencoder.load(backend, files);
    const bounds = (await stored.encode(x, { errorBounds: true })).errorBounds!;
    using part = stored.prefix(3);
    const first = (await part.encode(x, { errorBounds: true })).errorBounds!;
    assertEquals(first, bounds.filter((_, e) => e % N < 3));
    return bounds;
  };
  const plain = await of();
  const unit = await of({ kind: "rowNorm" });
  // ‖x‖ ≈ 100·√16 becomes √16.
  assertGreater(plain[1] / unit[1], 50);
});

Deno.test("bounds without the errors of the weights are refused", async () => {
  using backend = await createBackend("reference");
  const parameters = adversarialWeights(4, Random.fromSeed(1));
  const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: false };
  using floats = SparseAutoencoder.fromSae(backend, sae);
  using half = await SparseAutoencoder.load(backend, saveSae(sae, "native", { dtype: "F16" }));
  const x = new Float32Array(4);
  for (const each of [floats, half]) {
    assertEquals((await each.encode(x)).errorBounds, undefined);
    await assertRejects(
      () => each.encode(x, { errorBounds: true }),
      TypeError,
      "Cannot encode: errorBounds are asked for but only a file in int8 holds the errors of weights",
    );
  }
  for (const options of [{ errorBounds: 1 }, { bounds: true }]) {
    // @ts-expect-error: options that are not
    await assertRejects(() => floats.encode(x, options), TypeError);
  }
});

Deno.test("norms are rounded up", () => {
  for (const value of [0, 1, 1 + 2 ** -40, 2 ** -149 / 3, 3e38, Math.PI]) {
    const float = upwards(value);
    assertEquals(Math.fround(float), float);
    assert(
      float >= value && (value === 0 ? float === 0 : float <= value * (1 + 2 ** -23) + 2 ** -149),
    );
  }
});
