/** Takes variants of one computation in turns: A B A B. */

import type { Effort } from "./results.ts";

/** The fewest rounds, even if they take longer than allowed. */
const FEWEST = 3;

/** Runs one variant. */
export type Run = () => void | Promise<void>;

async function timed(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Returns the milliseconds of each variant in each round, after some rounds that are not timed. */
export async function takeRounds<Name extends string>(
  variants: Readonly<Record<Name, Run>>,
  { warmups, samples, seconds }: Effort,
): Promise<Record<Name, number>[]> {
  const entries = Object.entries(variants) as [Name, Run][];
  const rounds: Record<Name, number>[] = [];
  const deadline = (share: number) => performance.now() + 1000 * seconds * share;
  const enough = deadline(1 / 4);
  for (let round = 0; round < warmups && (round < 1 || performance.now() < enough); round++) {
    for (const [, run] of entries) await run();
  }
  const end = deadline(3 / 4);
  while (rounds.length < samples && (rounds.length < FEWEST || performance.now() < end)) {
    const round = {} as Record<Name, number>;
    for (const [name, run] of entries) round[name] = await timed(run);
    rounds.push(round);
  }
  return rounds;
}
