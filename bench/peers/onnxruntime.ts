/** Runs onnxruntime-web on its WASM execution provider: encode and forward, since it has no gradients. */

import * as ort from "onnxruntime-web";
import type { SaeParameters } from "../../src/model/parameters.ts";
import type { Job, Outcome, Peer, Running } from "../harness/peer.ts";
import { type Constant, type Graph, type Node, onnxModel } from "./onnx_model.ts";

/** Starts it. Weights are constants of the model, so it packs them once, when the model is loaded. */
// deno-lint-ignore require-await -- errors must reject, not throw
export async function start(threads: number): Promise<Peer> {
  ort.env.wasm.numThreads = threads;
  return {
    description: `onnxruntime-web ${ort.env.versions.web} wasm, SIMD, ` +
      `${threads} thread${threads > 1 ? "s" : ""}`,
    prepare(job, parameters, batch) {
      if (job.task === "encode") {
        return session(encodeGraph(job, parameters), job, batch, (data) => ({ activations: data }));
      }
      if (job.task === "forward") {
        return session(forwardGraph(job, parameters), job, batch, ([loss]) => ({ loss }));
      }
      throw new Error("Cannot take a training step in onnxruntime-web: it has no gradients");
    },
  };
}

function session(
  graph: Graph,
  { B, d }: Job,
  batch: Float32Array,
  outcome: (data: Float32Array) => Outcome,
): Running {
  const feeds = { x: new ort.Tensor("float32", batch, [B, d]) };
  let loaded: ort.InferenceSession;
  let results: ort.InferenceSession.OnnxValueMapType;
  const again = async () => {
    results = await loaded.run(feeds);
  };
  return {
    async first() {
      const model = onnxModel(graph);
      loaded = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
      await again();
    },
    outcome: async () => outcome(await results[graph.output.name].getData() as Float32Array),
    again,
  };
}

const node = (
  op: string,
  inputs: string,
  output: string,
  attributes?: Node["attributes"],
): Node => ({
  op,
  inputs: inputs.split(" "),
  outputs: output.split(" "),
  attributes,
});

function encodeGraph({ B, d, N }: Job, { encoder, encoderBias }: SaeParameters): Graph {
  return {
    nodes: [node("Gemm", "x E b", "pre", { transB: 1 }), node("Relu", "pre", "f")],
    constants: [
      { name: "E", dims: [N, d], data: encoder },
      { name: "b", dims: [N], data: encoderBias },
    ],
    input: { name: "x", dims: [B, d] },
    output: { name: "f", dims: [B, N] },
  };
}

/** Returns the loss: mean over prefixes, squared error summed over features, log penalty. */
function forwardGraph(job: Job, parameters: SaeParameters): Graph {
  const { B, d, N, prefixes, constants: { sparsityScale, logEpsilon } } = job;
  const P = prefixes.length;
  const sizes = prefixes.map((p, j) => p - (j > 0 ? prefixes[j - 1] : 0));
  const { decoder, decoderBias } = parameters;
  const encode = encodeGraph(job, parameters);
  const numbers = (name: string, data: ArrayLike<number>): Constant => {
    return { name, dims: [data.length], data: Float32Array.from(data) };
  };
  // Weights are constants, so their norms are, too. A latent's penalty counts for each prefix with it.
  const norms = Float64Array.from({ length: N }, (_, i) => {
    return Math.hypot(...decoder.subarray(i * d, (i + 1) * d));
  });
  const shares = Float64Array.from({ length: N }, (_, i) => prefixes.filter((p) => i < p).length);
  const nodes = [
    ...encode.nodes,
    node("Split", "f sizes", sizes.map((_, j) => `f${j}`).join(" "), { axis: 1 }),
    node("Mul", "f norms", "a"),
    node("Add", "a one", "a1"),
    node("Log", "a1", "penalties"),
    node("Mul", "penalties shares", "weighted"),
    node("ReduceSum", "weighted last", "rows", { keepdims: 0 }),
    node("ReduceSum", "rows", "loss0", { keepdims: 0 }),
    node("Sub", "c x", "e0"),
  ];
  for (let j = 0; j < P; j++) {
    nodes.push(
      node("MatMul", `f${j} D${j}`, `delta${j}`),
      node("Add", `e${j} delta${j}`, `e${j + 1}`),
      node("Mul", `e${j + 1} e${j + 1}`, `square${j}`),
      // Rows first: the library's sums over millions of values lose three digits.
      node("ReduceSum", `square${j} last`, `rows${j}`, { keepdims: 0 }),
      node("ReduceSum", `rows${j}`, `sum${j}`, { keepdims: 0 }),
      node("Mul", `sum${j} rho`, `term${j}`),
      node("Add", `loss${j} term${j}`, `loss${j + 1}`),
    );
  }
  return {
    ...encode,
    nodes,
    constants: [
      ...encode.constants,
      { name: "sizes", dims: [P], data: BigInt64Array.from(sizes, BigInt) },
      numbers("norms", norms.map((norm) => norm / logEpsilon)),
      numbers("shares", shares.map((count) => count * sparsityScale / (B * P))),
      numbers("c", decoderBias),
      { name: "last", dims: [1], data: BigInt64Array.of(1n) },
      { name: "one", dims: [], data: Float32Array.of(1) },
      { name: "rho", dims: [], data: Float32Array.of(1 / (B * P)) },
      ...sizes.map((size, j): Constant => {
        const end = prefixes[j] * d;
        return { name: `D${j}`, dims: [size, d], data: decoder.slice(end - size * d, end) };
      }),
    ],
    output: { name: `loss${P}`, dims: [] },
  };
}
