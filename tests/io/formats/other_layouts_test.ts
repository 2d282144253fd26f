import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { encodeSafetensors } from "../../../src/io/arrays/safetensors.ts";
import { loadSae, saveSae } from "../../../src/io/formats/mod.ts";
import { relativeError } from "../../golden/golden.ts";
import { runPlainly } from "./plain.ts";
import { op, saveStateDict } from "../torch/torch_writer.ts";
import { d, normals, relu, someSae, topk } from "./some_sae.ts";

const openAi = (others: number[][] = []) =>
  saveStateDict({
    "pre_bias": { shape: [2], data: new Float32Array([1, 2]) },
    "latent_bias": { shape: [3], data: new Float32Array([0, 1, 2]) },
    "encoder.weight": { shape: [3, 2], data: Float32Array.from({ length: 6 }, (_, i) => i) },
    "decoder.weight": { shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => i) },
    "stats_last_nonzero": { shape: [3], data: new Float32Array(3), dtype: "I64" },
  }, others);
const topkState = (after: string) => [
  op.text("activation"),
  op.text("TopK"),
  op.text("activation_state_dict"),
  op.ordered(op.text("k"), op.int(2), op.text("postact_fn"), op.text(after)),
];

Deno.test("loadSae() reads OpenAI's state dict, relu or a layer-normalised top-k", async () => {
  const plain = await loadSae(openAi());
  assertEquals(plain.source.format, "openai");
  assertEquals(plain.activation, relu);
  assertEquals(plain.subtractDecoderBias, true);
  assertEquals([...plain.parameters.decoder], [0, 3, 1, 4, 2, 5]);
  const sparse = await loadSae(openAi(topkState("ReLU")));
  assertEquals(sparse.activation, { kind: "topk", k: 2 });
  assertEquals(sparse.inputNormalization, { kind: "layerNorm", epsilon: 1e-5 });
  await assertRejects(() => loadSae(openAi(topkState("Identity"))), TypeError, 'postact_fn "ReLU"');
});

Deno.test("dictionary_learning's classes are read by config.json", async () => {
  const tensors = (threshold: number, k: number) => ({
    "encoder.weight": { shape: [3, 2], data: normals(6) },
    "encoder.bias": { shape: [3], data: normals(3) },
    "decoder.weight": { shape: [2, 3], data: normals(6) },
    "b_dec": { shape: [2], data: normals(2) },
    "k": { shape: [], data: new Float32Array([k]), dtype: "I64" as const },
    "threshold": { shape: [], data: new Float32Array([threshold]) },
  });
  const load = (dict_class: string, threshold: number, k = 2) =>
    loadSae({
      "ae.pt": saveStateDict(tensors(threshold, k)),
      "config.json": new TextEncoder().encode(JSON.stringify({ trainer: { dict_class } })),
    });
  assertEquals((await load("AutoEncoderTopK", 0.5)).activation, { kind: "topk", k: 2 });
  assertEquals((await load("BatchTopKSAE", -1)).activation, { kind: "batchtopk", k: 2 });
  const threshold = new Float32Array(3).fill(0.5);
  const trained = await load("BatchTopKSAE", 0.5);
  assertEquals(trained.activation, { kind: "jumprelu", threshold });
  assertEquals(trained.trainedActivation, { kind: "batchtopk", k: 2 });
  // Neither is there a selection to replace, nor is a k of 4 among 3 latents one.
  assertEquals((await load("BatchTopKSAE", -1)).trainedActivation, undefined);
  assertEquals((await load("BatchTopKSAE", 0.5, 4)).trainedActivation, undefined);
  await assertRejects(() => load("GatedAutoEncoder", 1), TypeError, 'but is "GatedAutoEncoder"');
  await assertRejects(() => load("BatchTopKSAE", NaN), RangeError, "threshold is NaN");
});

Deno.test("SAELens's batch top-k checkpoints give their threshold and the k of their training", async () => {
  const load = (k: unknown, topk_threshold?: number) =>
    loadSae({
      "cfg.json": new TextEncoder().encode(
        JSON.stringify({ architecture: "batchtopk", d_in: 2, d_sae: 3, k }),
      ),
      "sae_weights.safetensors": encodeSafetensors({
        W_enc: { shape: [2, 3], data: normals(6) },
        b_enc: { shape: [3], data: normals(3) },
        W_dec: { shape: [3, 2], data: normals(6) },
        b_dec: { shape: [2], data: normals(2) },
        ...topk_threshold !== undefined &&
          { topk_threshold: { shape: [], data: new Float32Array([topk_threshold]) } },
      }),
    });
  const threshold = new Float32Array(3).fill(0.5);
  for (const k of [2, 1.5]) {
    const { activation, trainedActivation } = await load(k, 0.5);
    assertEquals(activation, { kind: "jumprelu", threshold });
    assertEquals(trainedActivation, { kind: "batchtopk", k });
  }
  for (const k of ["2", 0.5, 4, undefined]) {
    assertEquals((await load(k, 0.5)).trainedActivation, undefined);
  }
  for (const without of [undefined, 0]) {
    const { activation, trainedActivation } = await load(2, without);
    assertEquals([activation, trainedActivation], [{ kind: "batchtopk", k: 2 }, undefined]);
  }
});

Deno.test("JumpReluAutoEncoder's activations are in units of its decoder norms", async () => {
  const W_enc = normals(6);
  const W_dec = normals(6);
  const b_enc = normals(3);
  const b_dec = normals(2);
  const threshold = normals(3);
  const sae = await loadSae(saveStateDict({
    W_enc: { shape: [2, 3], data: W_enc },
    b_enc: { shape: [3], data: b_enc },
    W_dec: { shape: [3, 2], data: W_dec },
    b_dec: { shape: [2], data: b_dec },
    threshold: { shape: [3], data: threshold },
  }));
  assertEquals(sae.source.kind, "JumpReluAutoEncoder");
  const x = normals(8);
  const expected: number[] = [];
  for (let b = 0; b < 4; b++) {
    for (let i = 0; i < 3; i++) {
      const pre = x[2 * b] * W_enc[i] + x[2 * b + 1] * W_enc[3 + i] + b_enc[i];
      const f = Math.max(0, pre > threshold[i] ? pre : 0);
      expected.push(f * Math.hypot(W_dec[2 * i], W_dec[2 * i + 1]));
    }
  }
  assertLess(relativeError(runPlainly(sae, x).activations, expected), 1e-6);
});

Deno.test("a format that is named is not detected", async () => {
  const files = saveSae(someSae(topk, true), "saelens");
  await assertRejects(
    () => loadSae(files, { format: "gemma_scope" }),
    TypeError,
    "files of gemma_scope are npz but it is safetensors",
  );
  await assertRejects(() => loadSae(files, { format: "sparsify" }), RangeError, "besides encoder");
  await assertRejects(() => loadSae(files, { format: "onnx" as "native" }), TypeError, "is onnx");
  assert((await loadSae(files, { format: "saelens" })).parameters.inputSize === d);
});

Deno.test("loadSae() names what is missing", async () => {
  const files = saveSae(someSae(topk, true), "saelens");
  const weights = files["sae_weights.safetensors"];
  await assertRejects(
    () => loadSae(weights),
    RangeError,
    "SAELens's cfg.json must be beside bytes",
  );
  await assertRejects(
    () => loadSae({ "cfg.json": files["cfg.json"] }),
    TypeError,
    "none of its files",
  );
  await assertRejects(() => loadSae({}), TypeError, "none of its files");
  await assertRejects(
    () => loadSae({ a: weights, b: weights }),
    RangeError,
    "more than one of its",
  );
  await assertRejects(
    () => loadSae({ "x/a": weights, "y/a": weights }),
    RangeError,
    "have the name a",
  );
  await assertRejects(() => loadSae(5 as unknown as Uint8Array), TypeError, "must be a Uint8Array");
  const config = (changes: object) =>
    loadSae({
      ...files,
      "cfg.json": new TextEncoder().encode(JSON.stringify({
        ...JSON.parse(new TextDecoder().decode(files["cfg.json"])),
        ...changes,
      })),
    });
  await assertRejects(() => config({ d_sae: 9 }), RangeError, "d_sae in cfg.json must be 12");
  await assertRejects(() => config({ architecture: "gated" }), TypeError, 'but is "gated"');
  await assertRejects(
    () => config({ k: "3" }),
    TypeError,
    'must be an integer of at least 1 but is "3"',
  );
  await assertRejects(() => config({ k: 13 }), RangeError, "k 13 exceeds latentCount 12");
});
