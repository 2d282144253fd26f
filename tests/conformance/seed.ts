/**
 * The seed of the inputs. It is new on every run; a failure prints it, and setting the variable
 * `CONFORMANCE_SEED` to it repeats the run.
 *
 * @module
 */
import { Random } from "../../src/base/random.ts";

const given = Deno.env.get("CONFORMANCE_SEED");

/** The seed of this run. */
export const seed: number = given === undefined
  ? crypto.getRandomValues(new Uint32Array(1))[0]
  : Number(given);

/** Returns a new generator of this run. Each test has its own, so that it can be repeated alone. */
export function newRandom(): Random {
  return Random.fromSeed(seed);
}

/** Fails with the first few complaints and the seed, if there are any. */
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
