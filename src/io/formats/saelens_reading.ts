/**
 * Reads the files of SAELens: `cfg.json` and `sae_weights.safetensors`.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import type { Activation } from "../../model/activation.ts";
import { type Config, readConfig } from "./config.ts";
import { foldDecoderNorms } from "../../model/folding.ts";
import type { InputNormalization, LoadedSae } from "../../model/sae.ts";
import { checkNames, readScalar, readShaped } from "../arrays/tensor_set.ts";
import { originNames } from "./origin_names.ts";
import { readParameters, SAELENS_LAYOUT, SAELENS_NAMES } from "./parameter_layout.ts";
import { trainedBatchTopK } from "./trained_selection.ts";
import type { Weights } from "./weights.ts";

const ARCHITECTURES = [
  "standard",
  "topk",
  "jumprelu",
  "batchtopk",
  "matryoshka_batchtopk",
] as const;

/** Reads an autoencoder that SAELens wrote: inference models of versions 3 to 6, and training checkpoints. */
export async function readSaeLens(
  files: ReadonlyMap<string, ByteSource>,
  weights: Weights,
  task: string,
): Promise<LoadedSae> {
  const config = await readConfig(files, "cfg.json", task);
  if (config === undefined) {
    throw new RangeError(`Cannot ${task}: SAELens's cfg.json must be beside ${weights.name}`);
  }
  const kind = architecture(config);
  const parameters = await readParameters(weights, SAELENS_LAYOUT, task);
  const { inputSize, latentCount } = parameters;
  config.agrees("d_in", inputSize, `the size of b_dec in ${weights.name}`);
  config.agrees("d_sae", latentCount, `the size of b_enc in ${weights.name}`);
  const raw = await activation(kind, config, weights, latentCount, task);
  const training = kind.endsWith("batchtopk");
  const rescale = (kind === "topk" || training) &&
    config.boolean("rescale_acts_by_decoder_norm", training);
  return {
    // The norms multiply activations before the top-k and divide them again on decode, which is the same as folding
    // them into the weights. A threshold applies to the multiplied activations, so it stays as it is.
    parameters: rescale ? foldDecoderNorms(parameters, raw).parameters : parameters,
    activation: raw,
    ...training && raw.kind === "jumprelu" && trainedBatchTopK(config.get("k"), latentCount),
    subtractDecoderBias: config.boolean("apply_b_dec_to_input", true),
    prefixes: prefixes(config, latentCount),
    inputNormalization: inputNormalization(config),
    createdBy: createdBy(config),
    ...originNames([
      { config: config.child("metadata"), model: "model_name", hook: "hook_name" },
      // Where it was before version 6, and in even older files.
      { config, model: "model_name", hook: "hook_name" },
      { config, model: "model_name", hook: "hook_point" },
    ]),
    source: {
      format: "saelens",
      kind,
      dtype: weights.entries.get("W_enc")!.dtype,
      config: config.values,
    },
  };
}

function architecture(config: Config): typeof ARCHITECTURES[number] {
  const name = config.get("activation_fn") ?? config.get("activation_fn_str") ?? "relu";
  // Before version 6 a top-k model had the architecture "standard" and another activation.
  if (name === "topk") return "topk";
  if (name !== "relu") throw config.wrong("activation_fn", "relu or topk");
  return config.oneOf("architecture", ARCHITECTURES, "standard");
}

async function activation(
  kind: typeof ARCHITECTURES[number],
  config: Config,
  weights: Weights,
  latentCount: number,
  task: string,
): Promise<Activation> {
  const scale = await readShapedIfAny(weights, "scaling_factor", [latentCount], task);
  if (scale?.some((value) => value !== 1)) {
    throw new RangeError(
      `Cannot ${task}: its scaling_factor must be 1 but is not: finetuned autoencoders are not read`,
    );
  }
  const known = [...SAELENS_NAMES, "scaling_factor"];
  if (kind === "jumprelu") {
    const logarithm = weights.entries.has("log_threshold");
    const name = logarithm ? "log_threshold" : "threshold";
    checkNames(weights, [...known, name], task);
    const values = await readShaped(weights, name, [latentCount], task);
    return { kind: "jumprelu", threshold: logarithm ? values.map(Math.exp) : values };
  }
  if (kind.endsWith("batchtopk")) {
    checkNames(weights, [...known, "topk_threshold"], task);
    const threshold = await readScalar(weights, "topk_threshold", task);
    if (threshold !== undefined && threshold > 0) {
      return { kind: "jumprelu", threshold: new Float32Array(latentCount).fill(threshold) };
    }
    return { kind: "batchtopk", k: config.integer("k") };
  }
  checkNames(weights, known, task);
  if (kind === "standard") return { kind: "relu" };
  const before6 = config.child("activation_fn_kwargs");
  return {
    kind: "topk",
    k: before6.get("k") === undefined ? config.integer("k") : before6.integer("k"),
  };
}

async function readShapedIfAny(
  weights: Weights,
  name: string,
  shape: readonly number[],
  task: string,
): Promise<Float32Array | undefined> {
  return weights.entries.has(name) ? await readShaped(weights, name, shape, task) : undefined;
}

function inputNormalization(config: Config): InputNormalization {
  const name = config.get("normalize_activations") ?? "none";
  switch (name) {
    case "none":
    case false:
      return { kind: "none" };
    case "expected_average_only_in":
    case true:
      return { kind: "meanNorm" };
    case "constant_norm_rescale":
      return { kind: "rowNorm" };
    case "layer_norm":
      return { kind: "layerNorm", epsilon: 1e-5 };
  }
  throw config.wrong(
    "normalize_activations",
    "none, expected_average_only_in, constant_norm_rescale or layer_norm",
  );
}

/** Returns the program that wrote the file, if it was this package: SAELens keeps such metadata. */
function createdBy(config: Config): string | undefined {
  const name = config.child("metadata").get("created_by");
  return typeof name === "string" ? name : undefined;
}

/** Returns the widths of a Matryoshka run, which SAELens keeps in the metadata. */
function prefixes(config: Config, latentCount: number): number[] | undefined {
  const metadata = config.child("metadata");
  const widths = config.get("matryoshka_widths") ?? metadata.get("matryoshka_widths") ??
    metadata.child("training_architecture_details").get("matryoshka_widths");
  if (!Array.isArray(widths) || widths.length === 0) return undefined;
  // SAELens itself adds the full width if it is missing.
  return widths.at(-1) === latentCount ? widths : [...widths, latentCount];
}
