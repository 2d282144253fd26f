/**
 * Named arrays of a file, whatever its container.
 *
 * @module
 */
import type { SaeParameters } from "../../model/parameters.ts";
import { transpose } from "../../model/folding.ts";

/** The named arrays of a file. */
export interface TensorSet {
  /** What errors call the file. */
  readonly name: string;
  /** Shape and element type of each array. */
  readonly entries: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly dtype: string }
  >;
  /** The values of an array of floats, row-major. */
  read(name: string): Promise<Float32Array>;
}

/** Which array is which. `[d, N]` and `[N, d]` are the shapes of the matrices. */
export interface Layout {
  readonly encoder: readonly [name: string, shape: "[N, d]" | "[d, N]"];
  readonly encoderBias: string;
  readonly decoder: readonly [name: string, shape: "[N, d]" | "[d, N]"];
  readonly decoderBias: string;
}

/** The shape of an array that must be there. */
export function shapeOf(set: TensorSet, name: string, task: string): readonly number[] {
  const entry = set.entries.get(name);
  if (entry) return entry.shape;
  const names = [...set.entries.keys()].map((key) => JSON.stringify(key)).join(", ");
  throw new RangeError(
    `Cannot ${task}: it lacks the tensor "${name}", its tensors are ${
      names.slice(0, 400) || "none"
    }`,
  );
}

/** Throws if there is an array besides these: it might mean something. */
export function checkNames(set: TensorSet, known: readonly string[], task: string): void {
  for (const name of set.entries.keys()) {
    if (known.includes(name)) continue;
    throw new RangeError(
      `Cannot ${task}: it has the tensor ${JSON.stringify(name).slice(0, 80)} besides ${
        known.join(", ")
      }`,
    );
  }
}

/** An array that must have this shape. */
export function readShaped(
  set: TensorSet,
  name: string,
  wanted: readonly number[],
  task: string,
): Promise<Float32Array> {
  const shape = shapeOf(set, name, task);
  if (shape.length === wanted.length && shape.every((n, i) => n === wanted[i])) {
    return set.read(name);
  }
  throw new RangeError(`Cannot ${task}: ${name} must be [${wanted}] but is [${shape}]`);
}

/** The one number of an array, or undefined where there is no such array. */
export async function readScalar(
  set: TensorSet,
  name: string,
  task: string,
): Promise<number | undefined> {
  const entry = set.entries.get(name);
  if (entry === undefined) return undefined;
  if (entry.shape.reduce((a, b) => a * b, 1) !== 1) {
    throw new RangeError(`Cannot ${task}: ${name} must be one number but is [${entry.shape}]`);
  }
  const [value] = await set.read(name);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`Cannot ${task}: ${name} is ${value}`);
}

/** The parameters. All shapes are checked before any values are read; values are for the caller to check. */
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
