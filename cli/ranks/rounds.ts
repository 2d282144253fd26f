/**
 * Work that every rank does on its own share, and that all of them end together.
 *
 * @module
 */
import { RankError } from "@matryoshka/sae";
import type { Ranks } from "./ranks.ts";

/**
 * Calls `step` on all ranks, round by round, until it has returned false on all of them, or one of them is asked to stop.
 * If it fails on one, it is called no more: there its error is thrown, elsewhere a RankError. Collective.
 *
 * @param stop Whether this rank is asked to stop after the round.
 * @param step Does the next piece of work; returns false if there is none.
 */
export async function inRounds(
  ranks: Ranks,
  stop: { readonly requested: boolean },
  step: () => Promise<boolean>,
): Promise<void> {
  for (;;) {
    let more = false;
    let failure: { readonly error: unknown } | undefined;
    try {
      more = await step();
    } catch (error) {
      failure = { error };
    }
    const counts = Uint32Array.of(failure ? 1 : 0, stop.requested ? 1 : 0, more ? 1 : 0);
    await ranks.communicator?.allReduce(counts);
    const [failed, stopped, working] = counts;
    if (failure) throw failure.error;
    if (failed > 0) throw new RankError("Cannot go on: another rank has failed");
    if (stopped > 0 || working === 0) return;
  }
}

/**
 * Does work which, if it fails on one rank, throws a RankError on the others, and throws on all of them what has happened
 * on the rank concerned. Collective.
 */
export async function endTogether<Result>(
  ranks: Ranks,
  work: () => Promise<Result>,
): Promise<Result> {
  if (ranks.communicator === undefined) return await work();
  let outcome: { readonly result: Result } | { readonly error: unknown };
  try {
    outcome = { result: await work() };
  } catch (error) {
    outcome = { error };
  }
  const result = () => {
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  };
  await ranks.together(() => {
    if ("error" in outcome && !(outcome.error instanceof RankError)) throw outcome.error;
  });
  return await ranks.together(result);
}
