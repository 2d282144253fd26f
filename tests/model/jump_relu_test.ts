import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  encodeSafetensors,
  initialParameters,
  jumpReluOf,
  loadSae,
  prefixOfSae,
  Random,
  readSafetensorsHeader,
  type Sae,
  saveSae,
  sourceFromBytes,
} from "../../mod.ts";
import { layOutShare } from "../../src/io/formats/native_share.ts";

const batchtopk = { kind: "batchtopk", k: 5 } as const;
const sae: Sae = {
  parameters: initialParameters(4, 12, Random.fromSeed(1)),
  activation: batchtopk,
  subtractDecoderBias: false,
  prefixes: [3, 12],
};

Deno.test("jumpReluOf() gives every latent the threshold, keeps the selection, and can be repeated", () => {
  const once = jumpReluOf(sae, 0.5);
  const threshold = new Float32Array(12);
  assertEquals(once, {
    ...sae,
    activation: { kind: "jumprelu", threshold: threshold.fill(0.5) },
    trainedActivation: batchtopk,
  });
  assertEquals(once.parameters, sae.parameters);
  assertEquals(jumpReluOf(jumpReluOf(sae, 3), 0.5), once);
  assertEquals(
    jumpReluOf({ ...sae, activation: { kind: "topk", k: 2 } }, 0).trainedActivation,
    { kind: "topk", k: 2 },
  );
});

Deno.test("jumpReluOf() rejects other activations and impossible thresholds", () => {
  for (const threshold of [-1, NaN, Infinity, 1e39]) {
    assertThrows(() => jumpReluOf(sae, threshold), RangeError, `but is ${threshold}`);
  }
  const plain = { ...sae, activation: jumpReluOf(sae, 1).activation };
  assertThrows(() => jumpReluOf(plain, 1), TypeError, 'but is "jumprelu"');
  assertThrows(() => jumpReluOf({ ...sae, activation: { kind: "relu" } }, 1), TypeError, '"relu"');
});

Deno.test("native files keep the selection of the training, other formats the threshold", async () => {
  const jump = jumpReluOf(sae, 0.5);
  const native = saveSae(jump, "native");
  const { source: _, inputNormalization: __, ...loaded } = await loadSae(native);
  assertEquals([loaded.activation, loaded.trainedActivation], [jump.activation, batchtopk]);
  // k of a prefix is no more than its latents, however it was cut.
  const cut = await loadSae(native, { prefix: 3 });
  assertEquals(cut.trainedActivation, { kind: "batchtopk", k: 3 });
  assertEquals(prefixOfSae(jump, 3).trainedActivation, cut.trainedActivation);
  for (const format of ["saelens", "gemma_scope"] as const) {
    const there = await loadSae(saveSae(jump, format, { foldDecoderNorms: false }));
    assertEquals([there.activation, there.trainedActivation], [jump.activation, undefined]);
  }
});

Deno.test("a share's file has the selection of the whole, whose k may exceed the latents of the share", () => {
  const jump = jumpReluOf(sae, 0.5);
  const { trainedActivation } = layOutShare(prefixOf(jump, 3), 0, 12, "test").metadata;
  assertEquals(JSON.parse(trainedActivation), batchtopk);
});

/** Returns the first latents with the description of the whole, as a rank holds them. */
function prefixOf(whole: Sae, p: number): Sae {
  const { prefixes, trainedActivation } = whole;
  return { ...prefixOfSae(whole, p), prefixes, trainedActivation };
}

Deno.test("native files with a recorded selection that cannot be are rejected", async () => {
  const bytes = saveSae(jumpReluOf(sae, 0.5), "native")["sae.safetensors"];
  const { metadata } = await readSafetensorsHeader(sourceFromBytes(bytes, "sae"));
  const cases: [unknown, string][] = [
    [{ kind: "relu" }, "trainedActivation.kind must be"],
    [{ kind: "topk", k: 13 }, "k 13 exceeds latentCount 12"],
    [null, "trainedActivation must be an object"],
  ];
  const { parameters, activation } = await loadSae({ "sae.safetensors": bytes });
  if (activation.kind !== "jumprelu") throw new Error("it must be jumprelu");
  const { encoder, encoderBias, decoder, decoderBias } = parameters;
  const matrix = (data: Float32Array) => ({ shape: [12, 4], data });
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  const tensors = {
    encoder: matrix(encoder),
    encoderBias: vector(encoderBias),
    decoder: matrix(decoder),
    decoderBias: vector(decoderBias),
    threshold: vector(activation.threshold),
  };
  for (const [trained, message] of cases) {
    const file = encodeSafetensors(tensors, {
      ...metadata,
      trainedActivation: JSON.stringify(trained),
    });
    await assertRejects(() => loadSae({ "sae.safetensors": file }), Error, message);
  }
  const relu = { ...sae, activation: { kind: "relu" }, trainedActivation: batchtopk } as const;
  assertThrows(() => saveSae(relu, "native"), RangeError, 'needs activation "jumprelu"');
});
