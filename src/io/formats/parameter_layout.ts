/**
 * Reads the parameters of an autoencoder from the arrays of a file, whose names and order depend on the library.
 *
 * @module
 */
import type { SaeParameters } from "../../model/parameters.ts";
import { shapeOf, type TensorSet } from "../arrays/tensor_set.ts";
import { transpose } from "../arrays/transpose.ts";

/** The names of the arrays that hold the parameters, and the shapes of the matrices. */
export interface Layout {
  readonly encoder: readonly [name: string, shape: "[N, d]" | "[d, N]"];
  readonly encoderBias: string;
  readonly decoder: readonly [name: string, shape: "[N, d]" | "[d, N]"];
  readonly decoderBias: string;
}

/** The layout of SAELens, which Gemma Scope and others share. */
export const SAELENS_LAYOUT: Layout = {
  encoder: ["W_enc", "[d, N]"],
  encoderBias: "b_enc",
  decoder: ["W_dec", "[N, d]"],
  decoderBias: "b_dec",
};
/** The names of {@linkcode SAELENS_LAYOUT}. */
export const SAELENS_NAMES: readonly string[] = ["W_enc", "b_enc", "W_dec", "b_dec"];

/** Reads the parameters. All shapes are checked before any values are read; the caller checks the values. */
export async function readParameters(
  set: TensorSet,
  layout: Layout,
  task: string,
): Promise<SaeParameters> {
  const [name, order] = layout.decoder;
  const shape = shapeOf(set, name, task);
  if (shape.length !== 2 || shape[0] === 0 || shape[1] === 0) {
    throw new RangeError(`Cannot ${task}: ${name} must be ${order} but is [${shape}]`);
  }
  const [N, d] = order === "[N, d]" ? shape : [shape[1], shape[0]];
  const matrix = (order: string) => order === "[N, d]" ? [N, d] : [d, N];
  for (
    const [other, wanted] of [
      [layout.encoder[0], matrix(layout.encoder[1])],
      [layout.encoderBias, [N]],
      [layout.decoderBias, [d]],
    ] as const
  ) {
    const found = shapeOf(set, other, task);
    if (`${found}` === `${wanted}` && found.length === wanted.length) continue;
    throw new RangeError(
      `Cannot ${task}: ${other} must be [${wanted}] beside ${name} [${shape}] but is [${found}]`,
    );
  }
  const latentMajor = async ([name, order]: Layout["encoder"]) => {
    const values = await set.read(name);
    return order === "[N, d]" ? values : transpose(values, d, N);
  };
  return {
    inputSize: d,
    latentCount: N,
    encoder: await latentMajor(layout.encoder),
    encoderBias: await set.read(layout.encoderBias),
    decoder: await latentMajor(layout.decoder),
    decoderBias: await set.read(layout.decoderBias),
  };
}
