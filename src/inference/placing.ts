/**
 * Reads matrices of weights from files into their place on a backend.
 *
 * @module
 */
import type { Backend, Tensor, Values } from "../../kernels/kernel.ts";
import { checkFinite } from "../base/checks.ts";
import type { NativeFile, NativeRest } from "../io/formats/native_reading.ts";
import {
  checkIntegers,
  readMatrix,
  type StoredMatrix,
  weightBytes,
} from "../io/formats/stored_matrix.ts";
import type { Sae } from "../model/sae.ts";
import type { Workspace } from "../step/workspace.ts";
import { FloatWeights } from "./float_weights.ts";
import { StoredWeights } from "./stored_weights.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** An autoencoder whose matrices are still to be read. */
export interface FileInPlace extends Omit<NativeFile, "rest"> {
  /** Reads everything but the matrices. */
  rest(): Promise<Omit<NativeRest, "sae"> & { readonly sae: Omit<Sae, "parameters"> }>;
}

/**
 * Makes room for a matrix, in its own type where the backend has kernels for it, else in float32.
 *
 * @param any A tensor f32 [N].
 */
export function makeMatrix(
  w: Workspace,
  { dtype, rows, columns }: StoredMatrix,
  any: Tensor,
): WeightTensors {
  const type = ({ F16: "f16", BF16: "bf16", I8: "int8", F32: "f32", F64: "f32" } as const)[dtype];
  return type === "f32" || w.backend.storedWeights === undefined
    ? new FloatWeights(w.f32(rows, columns))
    : StoredWeights.create(w, type, columns, any);
}

/**
 * Reads a matrix. Where the host reaches the backend's memory, its bytes are written straight into place, and memory
 * holds one piece of it besides.
 *
 * @param scale The scales of int8, which a backend that expands weights needs.
 * @throws {RangeError} if a weight is NaN, infinite or −128.
 */
export async function placeMatrix(
  backend: Backend,
  matrix: StoredMatrix,
  { type, values }: WeightTensors,
  scale: (() => Promise<Float32Array>) | undefined,
): Promise<void> {
  const { name, dtype, task } = matrix;
  if (type === "f32" && dtype !== "F32") {
    const floats = await readMatrix(matrix, scale?.());
    checkFinite(floats, name, task);
    backend.write(values, floats);
    return;
  }
  const memory = backend.memory?.(values);
  // The reference backend holds float64.
  const direct = memory !== undefined && !(memory instanceof Float64Array);
  const copy = direct ? undefined : new Uint8Array(4 * values.shape[0] * values.shape[1]);
  // Anew for each piece: a tensor that is made meanwhile may move the memory.
  const place = () => copy ?? bytesOf(backend.memory!(values));
  const rowBytes = matrix.columns * weightBytes(dtype);
  const stride = 4 * values.shape[1];
  let done = 0;
  for await (const piece of matrix.pieces()) {
    putRows(place(), piece, done, rowBytes, stride);
    done += piece.length;
  }
  checkStored(matrix, place(), stride);
  if (copy) {
    const words = type === "f32" ? new Float32Array(copy.buffer) : new Uint32Array(copy.buffer);
    backend.write(values, words);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Values): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Puts the bytes of rows from byte `at` on into rows that begin `stride` bytes apart. */
function putRows(
  place: Uint8Array,
  piece: Uint8Array,
  at: number,
  rowBytes: number,
  stride: number,
): void {
  if (stride === rowBytes) {
    place.set(piece, at);
    return;
  }
  for (let from = 0; from < piece.length;) {
    const row = Math.floor((at + from) / rowBytes);
    const within = (at + from) % rowBytes;
    const count = Math.min(piece.length - from, rowBytes - within);
    place.set(piece.subarray(from, from + count), row * stride + within);
    from += count;
  }
}

/** Throws a RangeError that names the first weight that is not a number within the type's range. */
function checkStored(matrix: StoredMatrix, bytes: Uint8Array, stride: number): void {
  const { name, dtype, columns, task } = matrix;
  const width = weightBytes(dtype);
  const element = (e: number) => Math.floor(e * width / stride) * columns + e % (stride / width);
  if (dtype === "I8") return checkIntegers(bytes, matrix, element);
  const { buffer, byteOffset, byteLength } = bytes;
  if (dtype === "F32") {
    checkFinite(new Float32Array(buffer, byteOffset, byteLength / 4), name, task);
    return;
  }
  const exponent = dtype === "F16" ? 0x7c00 : 0x7f80;
  const bits = new Uint16Array(buffer, byteOffset, byteLength / 2);
  for (let e = 0; e < bits.length; e++) {
    if ((bits[e] & exponent) !== exponent) continue;
    const fraction = bits[e] & (exponent === 0x7c00 ? 0x3ff : 0x7f);
    const value = fraction !== 0 ? NaN : bits[e] & 0x8000 ? -Infinity : Infinity;
    throw new RangeError(`Cannot ${task}: element ${element(e)} of ${name} is ${value}`);
  }
}
