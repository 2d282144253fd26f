/**
 * Checks of arguments. A wrong type is a TypeError, a wrong value a RangeError. Both begin with the `task` that could
 * not be done: `Cannot create a trainer: learningRate must be a number but is "0.01" (string)`.
 *
 * @module
 */

import { counted } from "./counts.ts";
import { RowError } from "./row_error.ts";

/** Returns a value as errors show it, with its type where the value alone might mislead: `"5" (string)`. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") {
    const text = typeof value === "string" ? JSON.stringify(value) : String(value);
    return `${text.slice(0, 80)} (${typeof value})`;
  }
  const kind: string = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind === "Object" ? "object" : kind}`;
}

/** Returns the error about a value of the wrong type. */
export function wrongKind(value: unknown, name: string, wanted: string, task: string): TypeError {
  return new TypeError(`Cannot ${task}: ${name} must be ${wanted} but is ${shown(value)}`);
}

/** The range of a number, which must be finite unless `most` is Infinity. */
export interface Bounds {
  /** The smallest number allowed. */
  readonly least?: number;
  /** The largest number allowed. */
  readonly most?: number;
  /** All numbers allowed are larger. */
  readonly above?: number;
  /** All numbers allowed are smaller. */
  readonly below?: number;
}

/** Returns the value if it is a number within the bounds; throws otherwise. */
export function checkNumber(value: unknown, name: string, task: string, bounds: Bounds): number {
  if (typeof value !== "number") throw wrongKind(value, name, "a number", task);
  const { least = -Number.MAX_VALUE, most = Number.MAX_VALUE, above, below } = bounds;
  const inside = value >= least && value <= most && (above === undefined || value > above) &&
    (below === undefined || value < below);
  if (inside) return value;
  throw new RangeError(`Cannot ${task}: ${name} must be ${inWords(bounds, value)} but is ${value}`);
}

function inWords({ least, most, above, below }: Bounds, value: number): string {
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`;
  const words = [];
  if (above !== undefined) words.push(above === 0 ? "positive" : `above ${above}`);
  if (least !== undefined) words.push(`at least ${least}`);
  if (below !== undefined) words.push(`below ${below}`);
  if (most !== undefined && most !== Infinity) words.push(`at most ${most}`);
  if (words.length === 0 || value === Infinity) words.push("finite");
  return words.join(" and ");
}

/** Returns the value if it is an exact integer of at least `least`, by default 1; throws otherwise. */
export function checkInteger(value: unknown, name: string, task: string, least = 1): number {
  if (typeof value !== "number") throw wrongKind(value, name, "a number", task);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(
    `Cannot ${task}: ${name} must be an integer of at least ${least} but is ${value}`,
  );
}

/** Returns the value if it is true or false; throws otherwise. */
export function checkBoolean(value: unknown, name: string, task: string): boolean {
  if (typeof value !== "boolean") throw wrongKind(value, name, "true or false", task);
  return value;
}

/** Returns the word if it is one of `words`; throws otherwise. */
export function checkOneOf<Word extends string>(
  value: Word,
  words: readonly Word[],
  name: string,
  task: string,
): Word {
  if (words.includes(value)) return value;
  throw wrongKind(value, name, `one of ${words.map((word) => `"${word}"`).join(", ")}`, task);
}

/** Throws unless `value` is an object other than an array. */
export function checkObject(
  value: unknown,
  name: string,
  task: string,
  wanted: string = "an object",
): void {
  const good = typeof value === "object" && value !== null && !Array.isArray(value) &&
    !ArrayBuffer.isView(value);
  if (!good) throw wrongKind(value, name, wanted, task);
}

/** Throws unless `value` is an object with these methods. */
export function checkMethods(
  value: unknown,
  methods: readonly string[],
  name: string,
  wanted: string,
  task: string,
): void {
  checkObject(value, name, task, wanted);
  if (methods.every((method) => typeof Reflect.get(value as object, method) === "function")) return;
  throw wrongKind(value, name, wanted, task);
}

/** Throws unless `backend` is a backend. The usual mistake is a promise of one that was not awaited. */
export function checkBackend(backend: unknown, task: string): void {
  checkMethods(backend, ["tensor", "record", "submit", "read"], "backend", "a Backend", task);
}

/** Returns the value if it is a function; throws otherwise. */
export function checkFunction<T>(value: T, name: string, task: string): T {
  if (typeof value !== "function") throw wrongKind(value, name, "a function", task);
  return value;
}

/** Throws unless `values` is an array or typed array. Its elements are not checked. */
export function checkArray(values: unknown, name: string, task: string): void {
  const good = Array.isArray(values) || ArrayBuffer.isView(values) && "length" in values;
  if (!good) throw wrongKind(values, name, "an array of numbers", task);
}

/** Throws unless `values` is a Float32Array. */
export function checkFloats(values: unknown, name: string, task: string): void {
  if (!(values instanceof Float32Array)) throw wrongKind(values, name, "a Float32Array", task);
}

/** Returns the index of the first value that is NaN, infinite or beyond ±`most`, or −1. */
export function firstBeyond(values: ArrayLike<number>, most: number = Number.MAX_VALUE): number {
  const from = values instanceof Float32Array ? countWithin(values, most) : 0;
  // Negated, so that NaN fails too.
  // The length is read once: where arrays of several kinds have been checked, each reading is a call.
  const { length } = values;
  for (let i = from; i < length; i++) if (!(Math.abs(values[i]) <= most)) return i;
  return -1;
}

/** Returns how many values come before the first four with one beyond ±`most`. Batches of every step pass through here. */
function countWithin(values: Float32Array, most: number): number {
  let i = 0;
  for (; i + 4 <= values.length; i += 4) {
    const good = Math.abs(values[i]) <= most && Math.abs(values[i + 1]) <= most &&
      Math.abs(values[i + 2]) <= most && Math.abs(values[i + 3]) <= most;
    if (!good) break;
  }
  return i;
}

/** Throws a RangeError that names the first element that is NaN or infinite. */
export function checkFinite(values: ArrayLike<number>, name: string, task: string): void {
  const bad = firstBeyond(values);
  if (bad < 0) return;
  throw new RangeError(`Cannot ${task}: element ${bad} of ${name} is ${values[bad]}`);
}

/**
 * Returns the number of rows of values [rows, inputSize].
 *
 * @throws {RangeError} if there is no row or the last is incomplete.
 */
export function rowsOf(values: ArrayLike<number>, inputSize: number, task: string): number {
  const rows = values.length / inputSize;
  if (rows === 0) throw new RangeError(`Cannot ${task}: the batch has no rows`);
  if (Number.isInteger(rows)) return rows;
  throw new RangeError(
    `Cannot ${task}: the batch has ${
      counted(values.length, "value")
    }, not a multiple of inputSize ${inputSize}`,
  );
}

/**
 * Checks a batch [rows, inputSize] and returns its number of rows.
 *
 * @throws {TypeError} if the batch is not a Float32Array.
 * @throws {RangeError} if there is no row, the last is incomplete, or a value is NaN, infinite or beyond
 * ±`most` (the message names the row).
 */
export function checkBatch(
  batch: Float32Array,
  inputSize: number,
  task: string,
  most?: number,
): number {
  checkFloats(batch, "the batch", task);
  const rows = rowsOf(batch, inputSize, task);
  const bad = firstBeyond(batch, most);
  if (bad < 0) return rows;
  const beyond = Number.isFinite(batch[bad]) ? `, beyond ±${most}` : "";
  throw new RowError(
    Math.floor(bad / inputSize),
    (row) => `Cannot ${task}: ${row} has ${batch[bad]}${beyond}`,
  );
}
