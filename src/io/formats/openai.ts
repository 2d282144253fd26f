/**
 * Reads the files of OpenAI's sparse_autoencoder: a state dict in a `.pt` file.
 *
 * @module
 */
import type { Activation } from "../../model/activation.ts";
import { kindOf, type PickleValue } from "../torch/pickle_values.ts";
import type { InputNormalization, LoadedSae } from "../../model/sae.ts";
import { checkNames } from "../arrays/tensor_set.ts";
import { type Layout, readParameters } from "./parameter_layout.ts";
import type { Weights } from "./weights.ts";

const LAYOUT: Layout = {
  encoder: ["encoder.weight", "[N, d]"],
  encoderBias: "latent_bias",
  decoder: ["decoder.weight", "[d, N]"],
  decoderBias: "pre_bias",
};
const NAMES = [
  "encoder.weight",
  "latent_bias",
  "decoder.weight",
  "pre_bias",
  // Statistics of training, which inference does not need.
  "stats_last_nonzero",
  "latents_activation_frequency",
  "latents_mean_square",
];

/** Reads a state dict of OpenAI's `Autoencoder`. With TopK, inputs are layer-normalised. */
export async function readOpenAi(weights: Weights, task: string): Promise<LoadedSae> {
  checkNames(weights, NAMES, task);
  const { kind, activation, inputNormalization } = readActivation(weights.others, task);
  return {
    parameters: await readParameters(weights, LAYOUT, task),
    activation,
    subtractDecoderBias: true,
    inputNormalization,
    source: {
      format: "openai",
      kind,
      dtype: weights.entries.get("encoder.weight")!.dtype,
      config: {},
    },
  };
}

function readActivation(
  others: ReadonlyMap<string, PickleValue>,
  task: string,
): { kind: string; activation: Activation; inputNormalization: InputNormalization } {
  const kind = others.get("activation") ?? "ReLU";
  if (kind === "ReLU" || kind === "Identity") {
    const activation = { kind: kind === "ReLU" ? "relu" : "identity" } as const;
    return { kind, activation, inputNormalization: { kind: "none" } };
  }
  if (kind !== "TopK") {
    const found = typeof kind === "string" ? JSON.stringify(kind).slice(0, 80) : kindOf(kind);
    throw new TypeError(
      `Cannot ${task}: its activation must be "ReLU", "Identity" or "TopK" but is ${found}`,
    );
  }
  const state = others.get("activation_state_dict");
  const entries = typeof state === "object" && state?.kind === "dict" ? state.entries : new Map();
  const k = entries.get("k");
  const after = entries.get("postact_fn");
  if (typeof k !== "number" || after !== "ReLU") {
    const name = typeof after === "string" ? JSON.stringify(after).slice(0, 80) : kindOf(after);
    throw new TypeError(
      `Cannot ${task}: its TopK must have a number k and postact_fn "ReLU" but has ` +
        `${kindOf(k)} and ${name}`,
    );
  }
  return {
    kind,
    activation: { kind: "topk", k },
    inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
  };
}
