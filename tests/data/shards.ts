/** Small shards of activations in memory, for tests of their readers. */
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import type { FloatDType } from "../../src/io/arrays/floats.ts";
import { encodeSafetensors } from "../../src/io/arrays/safetensors.ts";

export type Rows = number[][];

/** rows × d with the values first, first + 1, … */
export const counting = (rows: number, d: number, first: number): Rows =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: d }, (_, k) => first + i * d + k));

export function safetensors(
  name: string,
  x: Rows,
  { tensor = "activations", dtype = "F32" as FloatDType, extra = {} } = {},
): ByteSource {
  const shape = [x.length, x[0]?.length ?? 2];
  const tensors = { [tensor]: { shape, data: new Float32Array(x.flat()), dtype }, ...extra };
  return sourceFromBytes(encodeSafetensors(tensors), name);
}

/** A .npy file of float64. */
export function npy(name: string, x: Rows, shape = `(${x.length}, ${x[0].length})`): ByteSource {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const data = new Uint8Array(new Float64Array(x.flat()).buffer);
  const start = [0x93, ...new TextEncoder().encode("NUMPY\x01\x00\x76\x00" + header)];
  return sourceFromBytes(new Uint8Array([...start, ...data]), name);
}

/** Counts what is read; `data` is what was read after the headers, by the number of bytes. */
export function counted(source: ByteSource): ByteSource & { reads: number[] } {
  const reads: number[] = [];
  return {
    name: source.name,
    size: source.size,
    reads,
    read: (offset, length) => source.read(offset, (reads.push(length), length)),
  };
}

export async function collect(batches: AsyncIterable<Float32Array>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batch of batches) all.push([...batch]);
  return all;
}

export const three = (): ByteSource[] => [
  safetensors("a.safetensors", counting(3, 2, 0), { dtype: "F16" }),
  npy("b.safetensors", counting(1, 2, 6)), // mislabelled: the content decides
  safetensors("c", counting(4, 2, 8), { dtype: "BF16" }),
];
