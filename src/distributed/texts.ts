/**
 * What ranks tell each other in words: facts that all of them need, and errors that all of them report.
 *
 * @module
 */
import type { Communicator } from "./communicator.ts";

/**
 * Returns the texts of all ranks, that of rank 0 first. Collective; texts may differ in length.
 *
 * @example
 * ```ts
 * import { gatherTexts, runRanks } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const all = await runRanks(2, (communicator) => gatherTexts(communicator, "ab".slice(communicator.rank)));
 * assertEquals(all, [["ab", "b"], ["ab", "b"]]);
 * ```
 */
export async function gatherTexts(communicator: Communicator, text: string): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const lengths = await communicator.allGather(Uint32Array.of(bytes.length));
  const words = Math.ceil(Math.max(...lengths) / 4);
  if (words === 0) return Array.from(lengths, () => "");
  const own = new Uint32Array(words);
  new Uint8Array(own.buffer).set(bytes);
  const all = new Uint8Array((await communicator.allGather(own)).buffer);
  return Array.from(lengths, (length, rank) => {
    const from = rank * words * 4;
    // A copy: TextDecoder refuses views of shared memory.
    return new TextDecoder().decode(all.slice(from, from + length));
  });
}

/** What {@linkcode attempt} came to on this rank. */
export type Attempt<Result> = { readonly result: Result } | { readonly error: unknown };

/** Runs a part of a collective task that may fail on this rank alone, and keeps the error for {@linkcode agree}. */
export async function attempt<Result>(
  body: () => Result | Promise<Result>,
): Promise<Attempt<Result>> {
  try {
    return { result: await body() };
  } catch (error) {
    return { error };
  }
}

/** The error of a collective task that has failed on a rank: every rank knows of it. */
export class RankError extends Error {
  /** "RankError". */
  override readonly name = "RankError";
}

/**
 * Returns what the attempts of all ranks have come to, that of rank 0 first. Collective.
 *
 * @param attempted What this rank's attempt has come to: JSON, or undefined.
 * @param task What could not be done if an attempt has failed.
 * @param reasonOf Says why an attempt failed.
 * @throws {RankError} on every rank if one has failed, with the number of the first such rank and its reason; on that rank
 * the `cause` is its error.
 */
export async function agree<Result>(
  communicator: Communicator,
  attempted: Attempt<Result>,
  task: string,
  reasonOf: (error: unknown) => string,
): Promise<Result[]> {
  const subject = `Cannot ${task}: `;
  const own = "error" in attempted
    ? { reason: reasonOf(attempted.error).replace(subject, "") }
    : attempted;
  const texts = await gatherTexts(communicator, JSON.stringify(own));
  const all = texts.map((text): { result: Result; reason?: string } => JSON.parse(text));
  const rank = all.findIndex(({ reason }) => reason !== undefined);
  if (rank < 0) return all.map(({ result }) => result);
  const where = communicator.size > 1 ? `rank ${rank}: ` : "";
  throw new RankError(subject + where + all[rank].reason, {
    ...("error" in attempted && rank === communicator.rank && { cause: attempted.error }),
  });
}
