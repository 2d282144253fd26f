/**
 * The values that a pickle may hold.
 *
 * @module
 */

/** A tuple or a list. */
export interface PickleSequence {
  readonly kind: "tuple" | "list";
  readonly items: PickleValue[];
}

/** A dict or an OrderedDict. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<string | number, PickleValue>;
}

/** A name that the pickle refers to: only the name, without the object behind it. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}

/** The values of tensors, which a torch file holds in an entry of their own. */
export interface TorchStorage {
  readonly kind: "storage";
  /** The element format, named as in safetensors. */
  readonly dtype: string;
  /** The name of its entry. */
  readonly key: string;
  /** The number of elements. */
  readonly count: number;
}

/** A view of a storage. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Any value on the stack. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | TorchStorage
  | TorchTensor;

/** Names the kind of a value in errors. Its content may be huge or contain itself. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  return typeof value === "object" ? `a ${value.kind}` : `a ${typeof value}`;
}
