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

/**
 * Throws unless two records are equal.
 *
 * @throws {RangeError} that names every option that differs, with both values.
 */
export function checkSameOptions(
  asked: Readonly<Record<string, unknown>>,
  saved: Readonly<Record<string, unknown>>,
  task: string,
  owner: string,
): void {
  const names = [...new Set([...Object.keys(asked), ...Object.keys(saved)])];
  const said = (record: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(record, name) ? JSON.stringify(record[name]).slice(0, 80) : "not given";
  const different = names
    .filter((name) =>
      // In full, while said() cuts long values.
      JSON.stringify(Object.hasOwn(asked, name) ? asked[name] : undefined) !==
        JSON.stringify(Object.hasOwn(saved, name) ? saved[name] : undefined)
    )
    .map((name) =>
      `${name.slice(0, 80)} is ${said(asked, name)} but ${said(saved, name)} in ${owner}`
    );
  if (different.length === 0) return;
  const shown = different.slice(0, 8).join(", ");
  const rest = different.length > 8 ? `, and ${different.length - 8} more` : "";
  throw new RangeError(`Cannot ${task}: ${shown}${rest}`);
}
