/**
 * Reads the configuration files that libraries write beside the weights.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";

// The largest published ones have a few kilobytes.
const MAXIMUM_CONFIG = 2 ** 20;

/** The options of a JSON object. Each may have any type until one of the methods has checked it. */
export class Config {
  readonly #where: string;
  readonly #task: string;
  /** The options as the file has them. */
  readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>, where: string, task: string) {
    this.values = values;
    this.#where = where;
    this.#task = task;
  }

  /** Returns an option, unchecked. */
  get(key: string): unknown {
    return Object.hasOwn(this.values, key) ? this.values[key] : undefined;
  }

  /** Returns the error of an option that must be something else. */
  wrong(key: string, wanted: string): Error {
    const value = this.get(key);
    const found = value === undefined ? "missing" : String(JSON.stringify(value)).slice(0, 80);
    const Kind = typeof value === "number" ? RangeError : TypeError;
    return new Kind(
      `Cannot ${this.#task}: ${key} in ${this.#where} must be ${wanted} but is ${found}`,
    );
  }

  /** Returns an integer of at least 1, by default `otherwise`. */
  integer(key: string, otherwise?: number): number {
    const value = this.get(key) ?? otherwise;
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
    throw this.wrong(key, "an integer of at least 1");
  }

  /** Returns true or false, by default `otherwise`. */
  boolean(key: string, otherwise: boolean): boolean {
    const value = this.get(key) ?? otherwise;
    if (typeof value === "boolean") return value;
    throw this.wrong(key, "true or false");
  }

  /** Returns one of `words`, by default `otherwise`. */
  oneOf<Word extends string>(key: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.get(key) ?? otherwise;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw this.wrong(key, `one of ${words.map((word) => `"${word}"`).join(", ")}`);
  }

  /** Returns an object within this one, by default an empty one. */
  child(key: string): Config {
    const value = this.get(key) ?? {};
    if (typeof value === "object" && !Array.isArray(value)) {
      return new Config(value as Record<string, unknown>, `${key} of ${this.#where}`, this.#task);
    }
    throw this.wrong(key, "an object");
  }

  /** Throws if an option is given but is not this number. */
  agrees(key: string, value: number, what: string): void {
    const given = this.get(key) ?? value;
    if (given !== value) throw this.wrong(key, `${value}, which is ${what},`);
  }
}

/** Reads the configuration in the file of this name, or returns undefined if there is no such file. */
export async function readConfig(
  files: ReadonlyMap<string, ByteSource>,
  name: string,
  task: string,
): Promise<Config | undefined> {
  const source = files.get(name);
  if (source === undefined) return undefined;
  if (source.size > MAXIMUM_CONFIG) {
    throw new RangeError(
      `Cannot ${task}: ${name} has ${source.size} bytes but the limit is ${MAXIMUM_CONFIG}`,
    );
  }
  const bytes = await readExactly(source, 0, source.size);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TypeError(`Cannot ${task}: ${name} is not JSON: ${why}`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return new Config(value as Record<string, unknown>, name, task);
  }
  throw new TypeError(`Cannot ${task}: ${name} must hold a JSON object`);
}
