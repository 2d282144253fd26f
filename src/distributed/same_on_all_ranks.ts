/**
 * What all ranks must have in common before they begin: options, versions, data.
 *
 * @module
 */
import type { Communicator } from "./communicator.ts";
import { gatherTexts, RankError } from "./texts.ts";

/** The most characters of a value that an error shows. */
const SHOWN = 80;
/** How many of them come before the first difference. */
const BEFORE = 20;

/**
 * Throws unless all ranks give equal records, so that ranks with other options, another version or other data end before
 * they compute anything. Collective. Every rank throws the same error, which names the first rank that differs from rank 0,
 * what differs, and both values.
 *
 * @param communicator All ranks.
 * @param record What must be equal, by names that the error gives; values are JSON. The names within an object are joined
 * by dots. A value that is undefined is not given.
 * @param task What cannot be done otherwise, for the error.
 * @throws {Error} if a rank has another value.
 *
 * @example
 * ```ts
 * import { checkSameOnAllRanks, runRanks } from "@matryoshka/sae";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(
 *   () =>
 *     runRanks(3, async (communicator) => {
 *       const options = { steps: 100, seed: communicator.rank === 2 ? 7 : 1 };
 *       await checkSameOnAllRanks(communicator, { options }, "train");
 *     }),
 *   Error,
 *   "Cannot train: options.seed must be the same on all ranks but is 1 on rank 0 and 7 on rank 2",
 * );
 * ```
 */
export async function checkSameOnAllRanks(
  communicator: Communicator,
  record: Readonly<Record<string, unknown>>,
  task: string = "begin",
): Promise<void> {
  const texts = await gatherTexts(communicator, JSON.stringify([...namedTexts(record)]));
  const first = new Map<string, string>(JSON.parse(texts[0]));
  for (const [rank, text] of texts.entries()) {
    if (text === texts[0]) continue;
    const other = new Map<string, string>(JSON.parse(text));
    for (const name of new Set([...first.keys(), ...other.keys()])) {
      const a = first.get(name);
      const b = other.get(name);
      if (a === b) continue;
      const [ours, theirs] = shown(a, b);
      throw new RankError(
        `Cannot ${task}: ${name} must be the same on all ranks but is ${ours} on rank 0 and ${theirs} on rank ${rank}`,
      );
    }
  }
}

/** Yields the values of a record as JSON, those of records in it by names with dots. */
function* namedTexts(record: object, prefix = ""): Generator<[name: string, text: string]> {
  for (const [name, value] of Object.entries(record)) {
    const path = prefix + name;
    const isRecord = typeof value === "object" && value !== null &&
      Object.getPrototypeOf(value) === Object.prototype;
    if (isRecord) yield* namedTexts(value, `${path}.`);
    else if (value !== undefined) yield [path, JSON.stringify(value)];
  }
}

/** Cuts two texts to what fits in an error, around their first difference. */
function shown(...texts: (string | undefined)[]): string[] {
  const [a = "", b = ""] = texts;
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  return texts.map((text) => {
    if (text === undefined) return "not given";
    if (text.length <= SHOWN) return text;
    const from = Math.max(0, Math.min(at - BEFORE, text.length - SHOWN));
    const cut = text.slice(from, from + SHOWN);
    return `${from > 0 ? "…" : ""}${cut}${from + SHOWN < text.length ? "…" : ""}`;
  });
}
