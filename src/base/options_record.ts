/**
 * Options as plain data, so that those of two runs can be compared.
 *
 * @module
 */
import { checkObject, wrongKind } from "./checks.ts";

/** Options by name, with the defaults filled in. JSON preserves them exactly. */
export type OptionsRecord = Readonly<
  Record<string, number | string | boolean | readonly number[]>
>;

/** Throws a TypeError unless a value, which may come from a file, is an {@linkcode OptionsRecord}. */
export function checkOptionsRecord(value: unknown, name: string, task: string): void {
  checkObject(value, name, task);
  for (const [key, each] of Object.entries(value as object)) {
    const good = ["number", "string", "boolean"].includes(typeof each) ||
      Array.isArray(each) && each.every((item) => typeof item === "number");
    if (good) continue;
    throw wrongKind(
      each,
      `${name}.${key.slice(0, 80)}`,
      "a number, a string, true or false, or numbers",
      task,
    );
  }
}

/** An option that differs between two runs. */
export interface OptionDifference {
  /** The name of the option. */
  readonly name: string;
  /** The value that was asked for, as JSON cut to a readable length, or `"not given"`. */
  readonly asked: string;
  /** The value of the run to resume, in the same form. */
  readonly saved: string;
}

/**
 * The error of resuming a run with other options. It lists the differences, so that a program can name its own flags.
 *
 * @example
 * ```ts
 * import { createBackend, DifferentOptionsError, Trainer } from "@matryoshka/sae";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const options = { inputSize: 4, latentCount: 8, steps: 10 };
 * using trainer = await Trainer.create(backend, options);
 * const state = await trainer.state();
 * const error = await assertRejects(
 *   () => Trainer.resume(backend, { ...options, seed: 1 }, state),
 *   DifferentOptionsError,
 * );
 * assertEquals(error.differences, [{ name: "seed", asked: "1", saved: "0" }]);
 * ```
 */
export class DifferentOptionsError extends RangeError {
  /** All options that differ. */
  readonly differences: readonly OptionDifference[];

  /**
   * Names up to eight of the options in the message.
   *
   * @param task What could not be done: `resume training`.
   * @param owner Where the saved values come from: `the state`.
   */
  constructor(differences: readonly OptionDifference[], task: string, owner: string) {
    const shown = differences.slice(0, 8)
      .map(({ name, asked, saved }) => `${name} is ${asked} but ${saved} in ${owner}`)
      .join(", ");
    const rest = differences.length > 8 ? `, and ${differences.length - 8} more` : "";
    super(`Cannot ${task}: ${shown}${rest}`);
    this.differences = differences;
  }
}

/**
 * Throws unless two records are equal.
 *
 * @throws {DifferentOptionsError} that names every option that differs, with both values.
 */
export function checkSameOptions(
  asked: Readonly<Record<string, unknown>>,
  saved: Readonly<Record<string, unknown>>,
  task: string,
  owner: string,
): void {
  const names = [...new Set([...Object.keys(asked), ...Object.keys(saved)])];
  const text = (record: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(record, name) ? JSON.stringify(record[name]) : "not given";
  const differences = names
    // Compared in full; the error cuts long values.
    .filter((name) => text(asked, name) !== text(saved, name))
    .map((name) => ({
      name: name.slice(0, 80),
      asked: text(asked, name).slice(0, 80),
      saved: text(saved, name).slice(0, 80),
    }));
  if (differences.length > 0) throw new DifferentOptionsError(differences, task, owner);
}
