/**
 * The globals of a torch file of tensors: the few names that it needs, and what they mean.
 *
 * @module
 */
import type { PickleHost } from "./pickle.ts";
import {
  kindOf,
  type PickleGlobal,
  type PickleSequence,
  type PickleValue,
  type TorchStorage,
  type TorchTensor,
} from "./pickle_values.ts";

/** The element format of each storage class, named as in safetensors. */
const STORAGES: ReadonlyMap<string, string> = new Map([
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.DoubleStorage", "F64"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

const CALLABLES: ReadonlySet<string> = new Set([
  "collections.OrderedDict",
  "torch.Size",
  "torch._utils._rebuild_parameter",
  "torch._utils._rebuild_tensor_v2",
]);

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && value as number >= 0;

function isTuple(value: PickleValue | undefined): value is PickleSequence {
  return typeof value === "object" && value?.kind === "tuple";
}

/** Returns the host for the pickle of a torch file. */
export function torchHost(subject: string): PickleHost {
  const fail = (why: string): never => {
    throw new RangeError(`Cannot read ${subject}: ${why}`);
  };

  function counts(value: PickleValue | undefined, what: string): number[] {
    if (isTuple(value) && value.items.length <= 8 && value.items.every(isCount)) return value.items;
    return fail(`the ${what} of a tensor is not a tuple of at most 8 integers of at least 0`);
  }

  function tensor([storage, offset, size, stride]: PickleValue[]): TorchTensor {
    if (typeof storage !== "object" || storage?.kind !== "storage") {
      return fail(`a tensor is made of ${kindOf(storage)}, not of a storage`);
    }
    const shape = counts(size, "shape");
    const strides = counts(stride, "stride");
    if (!isCount(offset) || strides.length !== shape.length) {
      return fail(`a tensor of shape [${shape}] has the strides [${strides}] at ${offset}`);
    }
    const elements = shape.reduce((a, b) => a * b, 1);
    const last = offset + shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], 0);
    // More elements than the storage has would repeat values: a small file could fill memory.
    if (elements > storage.count || (elements > 0 && last >= storage.count)) {
      return fail(
        `a tensor of shape [${shape}] and strides [${strides}] at ${offset} ` +
          `goes beyond its storage of ${storage.count}`,
      );
    }
    return { kind: "tensor", storage, offset, shape, strides };
  }

  return {
    global(name: string): PickleGlobal {
      if (CALLABLES.has(name) || STORAGES.has(name)) return { kind: "global", name };
      const given = JSON.stringify(name).slice(1, -1).slice(0, 120);
      throw new TypeError(
        `Cannot read ${subject}: it names the global ${given}, which a file of tensors does not need`,
      );
    },

    reduce(callable: PickleValue, args: PickleValue): PickleValue {
      const name = typeof callable === "object" && callable?.kind === "global" ? callable.name : "";
      if (!CALLABLES.has(name) || !isTuple(args)) {
        return fail(`it calls ${name || kindOf(callable)} with ${kindOf(args)}`);
      }
      const { items } = args;
      if (name === "collections.OrderedDict" && items.length === 0) {
        return { kind: "dict", entries: new Map() };
      }
      if (name === "torch.Size" && items.length === 1 && isTuple(items[0])) return items[0];
      if (name === "torch._utils._rebuild_parameter" && items.length === 3) {
        const [data] = items;
        if (typeof data === "object" && data?.kind === "tensor") return data;
      }
      if (
        name === "torch._utils._rebuild_tensor_v2" && (items.length === 6 || items.length === 7)
      ) {
        return tensor(items);
      }
      return fail(`it calls ${name} with ${items.length} arguments that it does not take`);
    },

    persistent(id: PickleValue): TorchStorage {
      const [tag, type, key, , count] = isTuple(id) ? id.items : [];
      const name = typeof type === "object" && type?.kind === "global" ? type.name : "";
      const dtype = STORAGES.get(name);
      const plain = typeof key === "string" && /^[0-9A-Za-z_]{1,64}$/.test(key);
      if (tag !== "storage" || dtype === undefined || !plain || !isCount(count)) {
        return fail("it refers to an outside object that is not a storage");
      }
      return { kind: "storage", dtype, key, count };
    },
  };
}
