import { assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import type { Activation } from "../../../src/model/activation.ts";
import { foldInputMean, loadSae, saveSae } from "../../../src/io/formats/mod.ts";
import { relativeError } from "../../golden/golden.ts";
import { runPlainly } from "./plain.ts";
import { d, N, normals, relu, someSae, topk } from "./some_sae.ts";

const jumprelu: Activation = { kind: "jumprelu", threshold: normals(N).map(Math.abs) };
const inputs = normals(7 * d);

for (
  const [format, activation, subtract] of [
    ["native", relu, true],
    ["native", jumprelu, false],
    ["native", { kind: "batchtopk", k: 2 }, true],
    ["saelens", relu, true],
    ["saelens", topk, false],
    ["saelens", jumprelu, true],
    ["sparsify", topk, true],
    ["gemma_scope", jumprelu, false],
  ] as const
) {
  Deno.test(`${format} gives a ${activation.kind} autoencoder back bit for bit`, async () => {
    const sae = someSae(activation, subtract);
    const loaded = await loadSae(saveSae(sae, format, { foldDecoderNorms: false }));
    assertEquals(loaded.source.format, format);
    assertEquals(loaded.parameters, sae.parameters);
    assertEquals(loaded.activation, sae.activation);
    assertEquals(loaded.subtractDecoderBias, subtract);
  });
}

Deno.test("SAELens's files name this package if it made them", async () => {
  const sae = { ...someSae(topk, true), createdBy: "me 1" };
  assertEquals((await loadSae(saveSae(sae, "saelens"))).createdBy, "me 1");
  const odd = saveSae(someSae(topk, true), "saelens", { metadata: { created_by: 7 } });
  assertEquals((await loadSae(odd)).createdBy, undefined);
});

for (const dtype of ["F16", "BF16", "F32", "F64"] as const) {
  Deno.test(`${dtype} is read back as it was written`, async () => {
    const once = await loadSae(saveSae(someSae(topk, true), "saelens", { dtype }));
    assertEquals(once.source.dtype, dtype);
    const twice = await loadSae(saveSae(once, "saelens", { dtype }));
    assertEquals(twice.parameters, once.parameters);
  });
}

Deno.test("SAELens's jumprelu is written with decoder rows of length 1 and the same function", async () => {
  const sae = someSae(jumprelu, true);
  const folded = await loadSae(saveSae(sae, "saelens"));
  for (let i = 0; i < N; i++) {
    const row = folded.parameters.decoder.subarray(i * d, (i + 1) * d);
    assertLess(Math.abs(Math.hypot(...row) - 1), 1e-6);
  }
  const before = runPlainly(sae, inputs);
  const after = runPlainly(folded, inputs);
  assertLess(relativeError(after.reconstruction, before.reconstruction), 1e-6);
  assertEquals(after.activations.map((f) => f > 0), before.activations.map((f) => f > 0));
  assertEquals((await loadSae(saveSae(folded, "saelens"))).parameters, folded.parameters);
});

Deno.test("formats that always or never subtract c compute the same", async () => {
  for (
    const [format, sae] of [
      ["sparsify", someSae(topk, false)],
      ["gemma_scope", someSae(jumprelu, true)],
      ["gemma_scope", someSae(relu, true)],
    ] as const
  ) {
    const loaded = await loadSae(saveSae(sae, format));
    const before = runPlainly(sae, inputs);
    const after = runPlainly(loaded, inputs);
    assertLess(relativeError(after.reconstruction, before.reconstruction), 1e-5);
  }
});

Deno.test("foldInputMean() turns an autoencoder of centred inputs into one of raw inputs", () => {
  const mean = normals(d);
  for (const subtract of [false, true]) {
    const sae = someSae(relu, subtract);
    const centred = runPlainly(sae, inputs.map((value, i) => value - mean[i % d]));
    const raw = runPlainly(
      { ...sae, parameters: foldInputMean(sae.parameters, mean, subtract) },
      inputs,
    );
    assertLess(relativeError(raw.activations, centred.activations), 1e-5);
    const moved = centred.reconstruction.map((value, i) => value + mean[i % d]);
    assertLess(relativeError(raw.reconstruction, moved), 1e-5);
  }
});

Deno.test("prefixes and input normalisation survive in formats that can express them", async () => {
  const sae = { ...someSae(topk, true), prefixes: [3, 12] };
  assertEquals((await loadSae(saveSae(sae, "native"))).prefixes, [3, 12]);
  assertEquals((await loadSae(saveSae(sae, "saelens"))).prefixes, [3, 12]);
  const layerNorm = { kind: "layerNorm", epsilon: 1e-5 } as const;
  const normalised = { ...sae, inputNormalization: layerNorm };
  for (const format of ["native", "saelens"] as const) {
    const loaded = await loadSae(saveSae(normalised, format));
    assertEquals(loaded.inputNormalization, layerNorm, format);
  }
  const cannot = '"layerNorm"), which sparsify cannot';
  assertThrows(() => saveSae(normalised, "sparsify"), TypeError, cannot);
});

Deno.test("loadSae() gives the first latents of any format", async () => {
  const threshold = Float32Array.from({ length: 12 }, (_, i) => i / 8);
  for (const activation of [topk, { kind: "jumprelu", threshold } as const]) {
    const sae = { ...someSae(activation, true), prefixes: [3, 8, 12] };
    for (const format of ["native", "saelens"] as const) {
      const files = saveSae(sae, format, { foldDecoderNorms: false });
      const whole = await loadSae(files);
      for (
        const [prefix, prefixes] of [[1, [1]], [8, [3, 8]], [10, [3, 8, 10]], [12, [3, 8, 12]]]
      ) {
        const p = prefix as number;
        const part = await loadSae(files, { prefix: p });
        const { encoder, encoderBias, decoder, decoderBias, inputSize } = whole.parameters;
        assertEquals(part, {
          ...whole,
          parameters: {
            inputSize,
            latentCount: p,
            encoder: encoder.slice(0, p * inputSize),
            encoderBias: encoderBias.slice(0, p),
            decoder: decoder.slice(0, p * inputSize),
            decoderBias,
          },
          activation: activation.kind === "topk"
            ? { kind: "topk", k: Math.min(activation.k, p) }
            : { kind: "jumprelu", threshold: threshold.slice(0, p) },
          prefixes,
        });
      }
      for (const prefix of [0, 13, 1.5]) {
        await assertRejects(
          () => loadSae(files, { prefix }),
          RangeError,
          "Cannot read the autoenc",
        );
      }
    }
  }
});

Deno.test("saveSae() refuses what a format cannot express", () => {
  const batch = someSae({ kind: "batchtopk", k: 2 }, true);
  assertThrows(
    () => saveSae(batch, "saelens"),
    TypeError,
    'but is "batchtopk"; `task calibrate`',
  );
  assertThrows(() => saveSae(batch, "gemma_scope"), TypeError, "`task calibrate`");
  assertThrows(() => saveSae(someSae(relu, true), "sparsify"), TypeError, 'but is "relu"');
  assertThrows(() => saveSae(someSae(topk, true), "gemma_scope"), TypeError, 'but is "topk"');
  assertThrows(
    () => saveSae(someSae(relu, true), "gemma_scope", { dtype: "BF16" }),
    TypeError,
    "must be F16, F32 or F64 but is BF16",
  );
});

Deno.test("saveSae() refuses a weight that would become infinite", () => {
  const sae = someSae(topk, true);
  sae.parameters.decoderBias[1] = 65519;
  saveSae(sae, "saelens", { dtype: "BF16" });
  assertThrows(
    () => saveSae(sae, "saelens", { dtype: "F16" }),
    RangeError,
    "element 1 of decoderBias is 65519, beyond the ±65504 of F16",
  );
  const threshold = new Float32Array(sae.parameters.latentCount);
  threshold[2] = 70000;
  sae.parameters.decoderBias[1] = 1;
  for (const format of ["saelens", "gemma_scope"] as const) {
    assertThrows(
      () =>
        saveSae({ ...sae, activation: { kind: "jumprelu", threshold } }, format, {
          dtype: "F16",
          foldDecoderNorms: false,
        }),
      RangeError,
      "Cannot save the autoencoder: element 2 of threshold is 70000, beyond the ±65504 of F16",
    );
  }
});

Deno.test("saveSae() refuses a weight that became infinite when something was folded", () => {
  const sae = someSae(topk, true);
  const { encoder, encoderBias, decoder, inputSize: d } = sae.parameters;
  encoder.fill(3e38, 0, d);
  const message = "element 0 of encoder is Infinity, beyond the range of F32";
  decoder.fill(9, 0, d); // a norm above 9: E_0 is multiplied by it
  const threshold = new Float32Array(sae.parameters.latentCount);
  const jumprelu = { ...sae, activation: { kind: "jumprelu", threshold } } as const;
  assertThrows(() => saveSae(jumprelu, "saelens"), RangeError, message);
  assertEquals(Object.keys(saveSae(jumprelu, "saelens", { foldDecoderNorms: false })).length, 2);
  encoderBias[0] = 3e38;
  sae.parameters.decoderBias.fill(-1);
  // Gemma Scope never subtracts c: b_0 + 3e38 d.
  assertThrows(
    () => saveSae(jumprelu, "gemma_scope"),
    RangeError,
    "element 0 of encoderBias is Inf",
  );
});
