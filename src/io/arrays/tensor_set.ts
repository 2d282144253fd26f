/**
 * The named arrays of a file, in any container.
 *
 * @module
 */

/** The named arrays of a file. */
export interface TensorSet {
  /** The name of the file in errors. */
  readonly name: string;
  /** The shape and element format of each array. */
  readonly entries: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly dtype: string }
  >;
  /** Reads the values of an array of floats, row-major. */
  read(name: string): Promise<Float32Array>;
}

/** Returns the shape of an array; throws if there is no such array. */
export function shapeOf(set: TensorSet, name: string, task: string): readonly number[] {
  const entry = set.entries.get(name);
  if (entry) return entry.shape;
  const keys = [...set.entries.keys()].map((key) => JSON.stringify(key));
  const names = keys.join(", ").slice(0, 400) || "none";
  throw new RangeError(`Cannot ${task}: it lacks the tensor "${name}", its tensors are ${names}`);
}

/** Throws if there is an array besides these, because it might change the meaning of the others. */
export function checkNames(set: TensorSet, known: readonly string[], task: string): void {
  for (const name of set.entries.keys()) {
    if (known.includes(name)) continue;
    const extra = JSON.stringify(name).slice(0, 80);
    throw new RangeError(`Cannot ${task}: it has the tensor ${extra} besides ${known.join(", ")}`);
  }
}

/** Reads an array that must have this shape. */
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

/** Reads the only number of an array, or returns undefined if there is no such array. */
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
