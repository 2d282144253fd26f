/**
 * Inputs are new on every run. A failure prints the seed; `CONFORMANCE_SEED` runs it again.
 *
 * @module
 */
import { Random } from "../../src/base/random.ts";

const given = Deno.env.get("CONFORMANCE_SEED");

/** The seed of this run. */
export const seed: number = given === undefined
  ? crypto.getRandomValues(new Uint32Array(1))[0]
  : Number(given);

/** Generators of this run: a test's own, so that it can be run again without the others. */
export function newRandom(): Random {
  return Random.fromSeed(seed);
}

/** Fails with the first complaints, and says how to see them again. */
export function assertNone(complaints: readonly string[]): void {
  if (complaints.length === 0) return;
  const shown = complaints.slice(0, 8);
  const more = complaints.length - shown.length;
  throw new Error(
    [
      `${complaints.length} complaints; run again with CONFORMANCE_SEED=${seed}`,
      ...shown,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n  "),
  );
}
