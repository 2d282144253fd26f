/** Writes files as `torch.save` does, and pickles that it never would. */
import { encodeZip } from "../../../src/io/zip/zip_writing.ts";
import { encodeFloats, type FloatDType } from "../../../src/io/arrays/floats.ts";

const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const u32 = (n: number) => [n & 255, n >> 8 & 255, n >> 16 & 255, n >>> 24];

/** Opcodes of a pickle. */
export const op = {
  start: [0x80, 2],
  text: (text: string) => [0x58, ...u32(utf8(text).length), ...utf8(text)],
  int: (n: number) => [0x4a, ...u32(n)],
  global: (module: string, name: string) => [0x63, ...utf8(`${module}\n${name}\n`)],
  tuple: (...items: number[][]) => [0x28, ...items.flat(), 0x74],
  call: (callable: number[], args: number[]) => [...callable, ...args, 0x52],
  dict: (...items: number[][]) => [0x7d, 0x28, ...items.flat(), 0x75],
  ordered: (...items: number[][]) => [
    ...op.call(op.global("collections", "OrderedDict"), [0x29]),
    0x28,
    ...items.flat(),
    0x75,
  ],
  stop: [0x2e],
};

const STORAGES: Record<string, string> = {
  F16: "HalfStorage",
  BF16: "BFloat16Storage",
  F32: "FloatStorage",
  F64: "DoubleStorage",
  I64: "LongStorage",
};

/** A tensor of a file. */
export interface SavedTensor {
  shape: number[];
  data: Float32Array;
  dtype?: FloatDType | "I64";
  strides?: number[];
  storageCount?: number;
}

export function tensorOp(key: string, tensor: SavedTensor): number[] {
  const { shape, data, dtype = "F32", storageCount = data.length } = tensor;
  const strides = tensor.strides ??
    shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const storage = op.tuple(
    op.text("storage"),
    op.global("torch", STORAGES[dtype]),
    op.text(key),
    op.text("cpu"),
    op.int(storageCount),
  );
  return op.call(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    op.tuple(
      [...storage, 0x51],
      op.int(0),
      op.tuple(...shape.map(op.int)),
      op.tuple(...strides.map(op.int)),
      [0x89],
      op.ordered(),
    ),
  );
}

/** A file with these opcodes as its pickle. */
export function torchFile(
  pickle: number[],
  tensors: SavedTensor[] = [],
  root = "archive",
): Uint8Array {
  const data = tensors.map(({ data, dtype = "F32" }, i) =>
    [
      `${root}/data/${i}`,
      dtype === "I64"
        ? new Uint8Array(BigInt64Array.from(data, (n) => BigInt(n)).buffer)
        : encodeFloats(data, dtype),
    ] as const
  );
  return encodeZip([
    [`${root}/data.pkl`, Uint8Array.from(pickle)],
    ...data,
    [`${root}/byteorder`, Uint8Array.from(utf8("little"))],
    [`${root}/version`, Uint8Array.from(utf8("3\n"))],
  ]);
}

/** A state dict as `torch.save(module.state_dict())` writes it, with what else is in it. */
export function saveStateDict(
  tensors: Record<string, SavedTensor>,
  others: number[][] = [],
): Uint8Array {
  const items = Object.entries(tensors).flatMap(([name, tensor], i) => [
    op.text(name),
    tensorOp(`${i}`, tensor),
  ]);
  const dict = op.ordered(...items, ...others);
  // The _metadata that modules leave on their state dicts.
  const pickle = [
    ...op.start,
    ...dict,
    ...op.dict(op.text("_metadata"), op.ordered()),
    0x62,
    ...op.stop,
  ];
  return torchFile(pickle, Object.values(tensors));
}
