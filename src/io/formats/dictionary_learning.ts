/**
 * Reads the files of dictionary_learning: `ae.pt` and `config.json`.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import { type Config, readConfig } from "./config.ts";
import { foldDecoderNorms } from "../../model/folding.ts";
import { SAELENS_LAYOUT, SAELENS_NAMES } from "./parameter_layout.ts";
import type { LoadedSae, Sae } from "../../model/sae.ts";
import { originNames } from "./origin_names.ts";
import { checkNames, readScalar, readShaped, shapeOf } from "../arrays/tensor_set.ts";
import { type Layout, readParameters } from "./parameter_layout.ts";
import { trainedBatchTopK } from "./trained_selection.ts";
import type { Weights } from "./weights.ts";

type DictionaryClass =
  | "MatryoshkaBatchTopKSAE"
  | "BatchTopKSAE"
  | "AutoEncoderTopK"
  | "AutoEncoder"
  | "AutoEncoderNew"
  | "JumpReluAutoEncoder";

const linear = (decoderBias: string): Layout => ({
  encoder: ["encoder.weight", "[N, d]"],
  encoderBias: "encoder.bias",
  decoder: ["decoder.weight", "[d, N]"],
  decoderBias,
});
const LINEAR_NAMES = ["encoder.weight", "encoder.bias", "decoder.weight"];

/** For each class its layout, the names that it may have, and whether its encoder sees x − c. */
const CLASSES: Readonly<Record<DictionaryClass, [Layout, readonly string[], boolean]>> = {
  MatryoshkaBatchTopKSAE: [
    SAELENS_LAYOUT,
    [...SAELENS_NAMES, "k", "threshold", "group_sizes"],
    true,
  ],
  BatchTopKSAE: [linear("b_dec"), [...LINEAR_NAMES, "b_dec", "k", "threshold"], true],
  AutoEncoderTopK: [linear("b_dec"), [...LINEAR_NAMES, "b_dec", "k", "threshold"], true],
  AutoEncoder: [linear("bias"), [...LINEAR_NAMES, "bias"], true],
  AutoEncoderNew: [linear("decoder.bias"), [...LINEAR_NAMES, "decoder.bias"], false],
  JumpReluAutoEncoder: [SAELENS_LAYOUT, [...SAELENS_NAMES, "threshold"], false],
};

/** Reads an autoencoder that dictionary_learning wrote. */
export async function readDictionaryLearning(
  files: ReadonlyMap<string, ByteSource>,
  weights: Weights,
  task: string,
): Promise<LoadedSae> {
  const config = await readConfig(files, "config.json", task);
  const trainer = config?.child("trainer");
  const kind = trainer?.get("dict_class") === undefined
    ? guessClass(weights, task)
    : trainer.oneOf("dict_class", Object.keys(CLASSES) as DictionaryClass[]);
  const [layout, names, subtractDecoderBias] = CLASSES[kind];
  checkNames(weights, names, task);
  for (const name of weights.others.keys()) {
    throw new RangeError(
      `Cannot ${task}: it has ${JSON.stringify(name).slice(0, 80)}, which is not a tensor`,
    );
  }
  const parameters = await readParameters(weights, layout, task);
  const { inputSize, latentCount } = parameters;
  checkSizes(trainer, inputSize, latentCount, weights.name);
  const { activation, ...trained } = await readActivation(kind, weights, latentCount, task);
  // Only this class multiplies activations by the decoder's norms.
  const units = kind === "JumpReluAutoEncoder"
    ? foldDecoderNorms(parameters, activation)
    : { parameters, activation };
  return {
    ...units,
    ...trained,
    subtractDecoderBias,
    prefixes: weights.entries.has("group_sizes")
      ? await readPrefixes(weights, latentCount, task)
      : undefined,
    inputNormalization: { kind: "none" },
    ...originNames(trainer ? [{ config: trainer, model: "lm_name", hook: "submodule_name" }] : []),
    source: {
      format: "dictionary_learning",
      kind,
      dtype: weights.entries.get(layout.encoder[0])!.dtype,
      config: config?.values ?? {},
    },
  };
}

function checkSizes(config: Config | undefined, d: number, N: number, name: string): void {
  config?.agrees("activation_dim", d, `the size of the decoder's bias in ${name}`);
  config?.agrees("dict_size", N, `the number of latents in ${name}`);
}

/** Returns the class that the names of the arrays imply; throws if they fit several. */
function guessClass({ entries }: Weights, task: string): DictionaryClass {
  if (entries.has("group_sizes")) return "MatryoshkaBatchTopKSAE";
  if (entries.has("W_enc") && entries.has("threshold")) return "JumpReluAutoEncoder";
  if (entries.has("bias")) return "AutoEncoder";
  if (entries.has("decoder.bias")) return "AutoEncoderNew";
  // Only older top-k autoencoders lack a threshold; with one, both classes look alike.
  if (entries.has("k") && !entries.has("threshold")) return "AutoEncoderTopK";
  throw new RangeError(
    `Cannot ${task}: its tensors fit several classes, so dict_class in config.json must name one`,
  );
}

async function readActivation(
  kind: DictionaryClass,
  weights: Weights,
  latentCount: number,
  task: string,
): Promise<Pick<Sae, "activation" | "trainedActivation">> {
  if (kind === "AutoEncoder" || kind === "AutoEncoderNew") return { activation: { kind: "relu" } };
  if (kind === "JumpReluAutoEncoder") {
    const threshold = await readShaped(weights, "threshold", [latentCount], task);
    return { activation: { kind: "jumprelu", threshold } };
  }
  shapeOf(weights, "k", task);
  const k = (await readScalar(weights, "k", task))!;
  if (kind === "AutoEncoderTopK") return { activation: { kind: "topk", k } };
  const value = await readScalar(weights, "threshold", task) ?? -1;
  // −1 until training has seen enough batches to set it.
  if (value < 0) return { activation: { kind: "batchtopk", k } };
  const threshold = new Float32Array(latentCount).fill(value);
  return { activation: { kind: "jumprelu", threshold }, ...trainedBatchTopK(k, latentCount) };
}

async function readPrefixes(
  weights: Weights,
  latentCount: number,
  task: string,
): Promise<number[]> {
  const shape = shapeOf(weights, "group_sizes", task);
  if (shape.length !== 1 || shape[0] === 0 || shape[0] > latentCount) {
    throw new RangeError(
      `Cannot ${task}: group_sizes must have from 1 to ${latentCount} numbers but is [${shape}]`,
    );
  }
  let sum = 0;
  return Array.from(await weights.read("group_sizes"), (size) => sum += size);
}
