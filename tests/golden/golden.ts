/** Reads the golden vectors: losses, gradients and training runs in float64 for float32 inputs. */
import type { Activation, LossOptions, Penalty, SaeParameters } from "../../mod.ts";

export { relativeError } from "../relative_error.ts";

/** Parameters as in the JSON files. */
export interface GoldenParameters {
  encoder: number[];
  encoderBias: number[];
  decoder: number[];
  decoderBias: number[];
}

/** One golden vector of the loss and its gradients. */
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

/** Reads one of the files beside this one. */
export async function readGolden<T>(name: string): Promise<T> {
  // `fetch` reads files under Deno, and in a browser the same names from the page's server.
  const { body } = await fetch(new URL(name, import.meta.url));
  return await new Response(body!.pipeThrough(new DecompressionStream("gzip"))).json();
}

/** Reads the eleven golden vectors of the loss and its gradients. */
export function goldenLosses(): Promise<GoldenLoss[]> {
  return readGolden("loss_and_gradients.json.gz");
}

/** Reads the three recorded runs of 150 steps. */
export function goldenTrajectories(): Promise<GoldenTrajectory[]> {
  return readGolden("author_trajectories.json.gz");
}

/** Returns golden parameters in the form that the package takes. */
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

/** Returns golden options in the form that the package takes. */
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
