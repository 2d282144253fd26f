import { assertEquals, assertLess } from "@std/assert";
import { encodeSparse } from "../../../kernels/encode_sparse.ts";
import type { Backend } from "../../../kernels/kernel.ts";
import { sparseDecode } from "../../../kernels/sparse_decode.ts";
import { type LoadedSae, loadSae, type SaeFormat } from "../../../src/io/formats/mod.ts";
import { backends } from "../../backends.ts";
import { relativeError } from "../../golden/golden.ts";
import { INTEROP_NAMES, interopExpected, interopFiles } from "./golden_files.ts";
import { runPlainly } from "./plain.ts";

const TOLERANCE = 1e-5;

const KINDS: Record<string, [SaeFormat, string, string, boolean]> = {
  dictionary_learning_batch_top_k: ["dictionary_learning", "BatchTopKSAE", "jumprelu", true],
  dictionary_learning_matryoshka: [
    "dictionary_learning",
    "MatryoshkaBatchTopKSAE",
    "jumprelu",
    true,
  ],
  gemma_scope: ["gemma_scope", "jumprelu", "jumprelu", false],
  saelens_jumprelu_bf16: ["saelens", "jumprelu", "jumprelu", false],
  saelens_standard: ["saelens", "standard", "relu", true],
  saelens_topk: ["saelens", "topk", "topk", false],
  sparsify: ["sparsify", "topk", "topk", true],
};

for (const name of INTEROP_NAMES) {
  Deno.test(`loadSae() detects ${name}, and it computes the same as its library`, async () => {
    const sae = await loadSae(await interopFiles(name));
    const expected = await interopExpected(name);
    const { format, kind } = sae.source;
    assertEquals([format, kind, sae.activation.kind, sae.subtractDecoderBias], KINDS[name]);
    assertEquals(sae.parameters.inputSize, expected.inputSize);
    assertEquals(sae.parameters.latentCount, expected.latentCount);
    assertEquals(sae.prefixes, expected.prefixes);
    assertEquals(sae.inputNormalization, { kind: "none" });
    const { activations, reconstruction } = runPlainly(sae, expected.x);
    assertLess(relativeError(activations, expected.activations), TOLERANCE);
    assertLess(relativeError(reconstruction, expected.reconstruction), TOLERANCE);
  });
}

for (const { name: backendName, create } of backends) {
  Deno.test(`the kernels of ${backendName} give the codes of every loaded checkpoint`, async () => {
    using backend = await create();
    for (const name of INTEROP_NAMES) {
      const sae = await loadSae(await interopFiles(name));
      const expected = await interopExpected(name);
      const { activations, reconstruction } = await runKernels(backend, sae, expected.x);
      assertLess(relativeError(activations, expected.activations), TOLERANCE, name);
      assertLess(relativeError(reconstruction, expected.reconstruction), TOLERANCE, name);
    }
  });
}

async function runKernels(backend: Backend, sae: LoadedSae, x: number[]) {
  const { activation, parameters } = sae;
  const { inputSize: d, latentCount: N, encoder, encoderBias, decoder, decoderBias } = parameters;
  const B = x.length / d;
  const K = B * N;
  const input = Float32Array.from(x, (value, i) => {
    return value - (sae.subtractDecoderBias ? decoderBias[i % d] : 0);
  });
  const threshold = activation.kind === "jumprelu" ? activation.threshold : new Float32Array(N);
  using scope = new DisposableStack();
  const floats = (shape: number[], data?: Float32Array) => {
    const tensor = scope.use(backend.tensor("f32", shape));
    if (data) backend.write(tensor, data);
    return tensor;
  };
  const rowOffsets = scope.use(backend.tensor("u32", [B + 1]));
  const indices = scope.use(backend.tensor("u32", [K]));
  const values = floats([K]);
  const reconstruction = floats([B, d]);
  const overflow = scope.use(backend.tensor("u32", [1]));
  const k = "k" in activation ? activation.k : 0;
  const program = scope.use(
    await backend.record((recorder) => {
      recorder.run(encodeSparse, {
        input: floats([B, d], input),
        encoder: floats([N, d], encoder),
        encoderBias: floats([N], encoderBias),
        threshold: floats([N], threshold),
        rowOffsets,
        indices,
        values,
        overflow,
      }, { selection: activation.kind, k });
      recorder.run(sparseDecode, {
        rowOffsets,
        indices,
        values,
        decoder: floats([N, d], decoder),
        decoderBias: floats([d], decoderBias),
        reconstruction,
      }, { prefix: N });
    }),
  );
  backend.submit(program);
  const offsets = await backend.read(rowOffsets);
  const at = await backend.read(indices);
  const codes = await backend.read(values);
  const activations = new Float32Array(B * N);
  for (let b = 0; b < B; b++) {
    for (let e = offsets[b]; e < offsets[b + 1]; e++) activations[b * N + at[e]] = codes[e];
  }
  return { activations, reconstruction: await backend.read(reconstruction) };
}
