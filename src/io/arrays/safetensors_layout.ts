/**
 * The parts of a safetensors file.
 *
 * @module
 */
import type { FloatDType } from "./floats.ts";

/** The element formats that a safetensors file may name. Only {@linkcode FloatDType}s can be read. */
export type SafetensorsDType =
  | FloatDType
  | "F4"
  | "F6_E2M3"
  | "F6_E3M2"
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E4M3"
  | "F8_E4M3FNUZ"
  | "F8_E5M2"
  | "F8_E5M2FNUZ"
  | "F8_E8M0"
  | "I16"
  | "U16"
  | "I32"
  | "U32"
  | "I64"
  | "U64"
  | "C64";

/** Bits per element: the newest formats are smaller than a byte. */
export const BITS: Readonly<Record<SafetensorsDType, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** One tensor of a file. */
export interface SafetensorsEntry {
  /** The format of its elements. */
  dtype: SafetensorsDType;
  /** Its dimensions; the elements are in row-major order. */
  shape: readonly number[];
  /** The position of its first byte in the file. */
  offset: number;
  /** Its length in bytes. */
  byteLength: number;
}

/** The contents of a safetensors file, in the order of its header. */
export interface SafetensorsHeader {
  /** Its tensors by name. */
  tensors: Map<string, SafetensorsEntry>;
  /** The strings of `__metadata__`. */
  metadata: Record<string, string>;
}

/** Returns whether a value can be a length. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && value as number >= 0;

/** Shows a value of an untrusted header in an error, cut to 80 characters. */
export const show = (value: unknown): string => String(JSON.stringify(value)).slice(0, 80);
