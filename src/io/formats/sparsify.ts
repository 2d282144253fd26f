/**
 * Reads and writes the files of sparsify: `sae.safetensors` and `cfg.json`.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import { encodeSafetensors } from "../arrays/safetensors.ts";
import type { FloatDType } from "../arrays/floats.ts";
import { readConfig } from "./config.ts";
import { withSubtraction } from "../../model/folding.ts";
import { checkRepresentable } from "./representable.ts";
import type { LoadedSae, Sae } from "../../model/sae.ts";
import { checkNames } from "../arrays/tensor_set.ts";
import { type Layout, readParameters } from "./parameter_layout.ts";
import type { Weights } from "./weights.ts";

const LAYOUT: Layout = {
  encoder: ["encoder.weight", "[N, d]"],
  encoderBias: "encoder.bias",
  decoder: ["W_dec", "[N, d]"],
  decoderBias: "b_dec",
};
const NAMES = ["encoder.weight", "encoder.bias", "W_dec", "b_dec"];
// Options that make it more than an autoencoder of one layer.
const REFUSED = ["skip_connection", "transcode", "embed_skip", "gram_lookup", "signed"];

/** Reads an autoencoder that sparsify wrote. */
export async function readSparsify(
  files: ReadonlyMap<string, ByteSource>,
  weights: Weights,
  task: string,
): Promise<LoadedSae> {
  const config = await readConfig(files, "cfg.json", task);
  if (config === undefined) {
    throw new RangeError(`Cannot ${task}: sparsify's cfg.json must be beside ${weights.name}`);
  }
  for (const key of REFUSED) if (config.boolean(key, false)) throw config.wrong(key, "false");
  config.oneOf("activation", ["topk"], "topk");
  checkNames(weights, NAMES, task);
  const parameters = await readParameters(weights, LAYOUT, task);
  const { inputSize, latentCount } = parameters;
  config.agrees("d_in", inputSize, `the size of b_dec in ${weights.name}`);
  // 0 means d_in · expansion_factor.
  if (config.get("num_latents") !== 0) {
    config.agrees("num_latents", latentCount, `the number of latents in ${weights.name}`);
  }
  return {
    parameters,
    activation: { kind: "topk", k: config.integer("k") },
    subtractDecoderBias: true,
    inputNormalization: { kind: "none" },
    source: {
      format: "sparsify",
      kind: "topk",
      dtype: weights.entries.get("encoder.weight")!.dtype,
      config: config.values,
    },
  };
}

/** Encodes the files of sparsify, whose encoder always sees x − c and keeps the top k. */
export function encodeSparsify(
  sae: Sae,
  dtype: FloatDType,
  task: string,
): Record<string, Uint8Array> {
  const { activation, parameters } = withSubtraction(sae, true);
  if (activation.kind !== "topk") {
    throw new TypeError(
      `Cannot ${task}: the activation must be "topk" for sparsify but is "${activation.kind}"`,
    );
  }
  checkRepresentable({ parameters, activation }, dtype, task);
  const { inputSize: d, latentCount: N } = parameters;
  const config = {
    activation: "topk",
    expansion_factor: Math.max(1, Math.round(N / d)),
    normalize_decoder: false,
    num_latents: N,
    k: activation.k,
    multi_topk: false,
    skip_connection: false,
    transcode: false,
    d_in: d,
  };
  return {
    "cfg.json": new TextEncoder().encode(JSON.stringify(config)),
    "sae.safetensors": encodeSafetensors({
      "encoder.weight": { shape: [N, d], data: parameters.encoder, dtype },
      "encoder.bias": { shape: [N], data: parameters.encoderBias, dtype },
      W_dec: { shape: [N, d], data: parameters.decoder, dtype },
      b_dec: { shape: [d], data: parameters.decoderBias, dtype },
    }),
  };
}
