/**
 * Finds misspelt options: JavaScript would ignore them silently.
 *
 * @module
 */

/** The keys of all members of a union, where `keyof` gives those that they share. */
export type KeyOfAny<Union> = Union extends unknown ? keyof Union : never;

/** Shorter keys occur in many names by chance. */
const LEAST_CONTAINED = 3;

/**
 * Throws unless every key of an options object is known. TypeScript catches most unknown keys, but not those of
 * JavaScript callers or of objects built elsewhere.
 *
 * To keep `known` in step with the interface, write it as
 * `Object.keys({ a: true, b: true } satisfies Record<keyof Options, true>)`.
 *
 * @param options The object that the caller gave.
 * @param known The keys that it may have.
 * @param task What could not be done, for the message.
 * @param owner What lacks the option, for the message: `activation "relu"`.
 * @throws {TypeError} that names the first unknown key, and the most similar known one if there is any.
 */
export function checkKeys(
  options: object,
  known: readonly string[],
  task: string,
  owner?: string,
): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const quoted = JSON.stringify(unknown.slice(0, 80));
  const problem = owner === undefined
    ? `there is no option ${quoted}`
    : `${owner} has no option ${quoted}`;
  const similar = mostSimilar(unknown, known);
  const all = known.length === 0 ? "there are none" : `the options are ${known.join(", ")}`;
  const hint = similar === undefined ? all : `did you mean ${similar}?`;
  throw new TypeError(`Cannot ${task}: ${problem}; ${hint}`);
}

/**
 * Returns the name that a key most probably stands for: one that contains the key, or differs from it in at most
 * a third of its letters, whatever their case.
 */
function mostSimilar(key: string, names: readonly string[]): string | undefined {
  const wanted = key.slice(0, 80).toLowerCase();
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  let similar: string | undefined;
  for (const name of names) {
    const lower = name.toLowerCase();
    const contained = wanted.length >= LEAST_CONTAINED && lower.includes(wanted);
    const distance = Math.min(editDistance(wanted, lower), contained ? 1 : Infinity);
    if (distance >= least) continue;
    least = distance;
    similar = name;
  }
  return similar;
}

/** Returns the number of letters to insert, delete or replace to turn one word into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}
