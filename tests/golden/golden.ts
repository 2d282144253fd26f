/** Reads the golden vectors: float64 figures for float32 inputs. */
import type { Activation, LossOptions, Penalty, SaeParameters } from "../../mod.ts";

export { relativeError } from "../relative_error.ts";

/** Parameters as JSON holds them. */
export interface GoldenParameters {
  encoder: number[];
  encoderBias: number[];
  decoder: number[];
  decoderBias: number[];
}

/** One case of the loss and its gradients. */
export interface GoldenLoss {
  name: string;
  rows: number;
  inputSize: number;
  latentCount: number;
  options: {
    activation: string;
    k?: number;
    penalty: string;
    coefficient: number;
    epsilon: number;
    subtractLogEpsilon?: boolean;
    prefixReduction: "sum" | "mean";
    squaredError: "sum" | "mean";
    prefixes: number[];
    prefixWeights?: number[];
  };
  parameters: GoldenParameters;
  batch: number[];
  loss: number;
  perPrefix: { prefix: number; squaredError: number; sparsity: number; l0: number }[];
  activations: number[];
  gradients: GoldenParameters;
}

/** One recorded training run of the author's code. */
export interface GoldenTrajectory {
  name: string;
  rows: number;
  inputSize: number;
  latentCount: number;
  prefixCount: number;
  steps: number;
  targetL0: number;
  startingSparsityScale: number;
  learningRate: number;
  sparsityType: "l1" | "log";
  initial: GoldenParameters;
  batches: number[][];
  prefixes: number[][];
  trajectory: { loss: number; l0: number; sparsityScale: number }[];
  final: GoldenParameters;
}

async function readGolden<T>(name: string): Promise<T> {
  // `fetch` reads files under Deno, and the same names from the page's own server in a browser.
  const { body } = await fetch(new URL(name, import.meta.url));
  return await new Response(body!.pipeThrough(new DecompressionStream("gzip"))).json();
}

/** Eleven cases of the loss and its gradients. */
export function goldenLosses(): Promise<GoldenLoss[]> {
  return readGolden("loss_and_gradients.json.gz");
}

/** Three runs of 150 steps. */
export function goldenTrajectories(): Promise<GoldenTrajectory[]> {
  return readGolden("author_trajectories.json.gz");
}

/** Golden parameters as the package takes them. */
export function parametersOf(
  { inputSize, latentCount }: { inputSize: number; latentCount: number },
  golden: GoldenParameters,
): SaeParameters {
  return {
    inputSize,
    latentCount,
    encoder: Float32Array.from(golden.encoder),
    encoderBias: Float32Array.from(golden.encoderBias),
    decoder: Float32Array.from(golden.decoder),
    decoderBias: Float32Array.from(golden.decoderBias),
  };
}

/** Golden options as the package takes them. */
export function lossOptionsOf({ options: o }: GoldenLoss): LossOptions {
  const activation = { kind: o.activation, k: o.k } as Activation;
  const penalty = {
    kind: o.penalty,
    coefficient: o.coefficient,
    epsilon: o.epsilon,
    subtractLogEpsilon: o.subtractLogEpsilon,
  } as Penalty;
  const { prefixes, prefixWeights, prefixReduction, squaredError } = o;
  return { activation, penalty, prefixes, prefixWeights, prefixReduction, squaredError };
}
