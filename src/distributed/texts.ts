/**
 * Texts between ranks: what they must agree on, and errors that all of them report.
 *
 * @module
 */
import type { Communicator } from "./communicator.ts";

/** Returns the texts of all ranks, that of rank 0 first. Collective; texts may differ in length. */
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

/**
 * Returns the result of this rank if the attempts of all ranks have succeeded. Collective.
 *
 * @param reasonOf Says why an attempt failed.
 * @throws {Error} on every rank if one has failed, with the number of the first such rank and its reason; on that rank
 * the `cause` is its error.
 */
export async function agree<Result>(
  communicator: Communicator,
  attempted: Attempt<Result>,
  task: string,
  reasonOf: (error: unknown) => string,
): Promise<Result> {
  // A mark before the reason, which may be empty.
  const own = "error" in attempted ? `!${reasonOf(attempted.error)}` : "";
  const reasons = await gatherTexts(communicator, own);
  const rank = reasons.findIndex((reason) => reason !== "");
  if (rank < 0) return (attempted as { result: Result }).result;
  const where = communicator.size > 1 ? `rank ${rank}: ` : "";
  const mine = rank === communicator.rank && "error" in attempted;
  throw new Error(`Cannot ${task}: ${where}${reasons[rank].slice(1)}`, {
    ...(mine && { cause: attempted.error }),
  });
}
