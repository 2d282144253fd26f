/**
 * Which tests run. `deno task test` leaves out what takes long or installs much: other runtimes (1 GB), and most
 * repetitions of random trials. The gate, which sets CI, runs all runtimes and half of the repetitions; only
 * `deno task test:all` runs the whole matrix, with what software adapters do in every way.
 */
const WHOLE = Boolean(Deno.env.get("CI") || Deno.env.get("WHOLE_MATRIX"));

/** Whether software adapters, on which all is slow, run every kernel and recorded run in every way. */
export const EVERY_WAY = Deno.env.get("WHOLE_MATRIX") !== undefined;

/** Of how many launches of a kernel a software adapter takes one where it need not run every way; the seed says which. */
export const TURNS = EVERY_WAY ? 1 : 5;

const NOT_HERE = "part of the whole matrix: deno task test:all";

/** Returns why a test is left to the gate and the whole matrix, if it is. */
export function whyNotHere(): string | undefined {
  return WHOLE ? undefined : NOT_HERE;
}

/** Returns why a test is left to the whole matrix alone, if it is. */
export function whyNotInGate(): string | undefined {
  return EVERY_WAY ? undefined : NOT_HERE;
}

/** Returns how many times to repeat a random trial: all of them in the whole matrix, half in the gate, else a quarter. */
export function trials(count: number): number {
  return Math.ceil(count / (EVERY_WAY ? 1 : WHOLE ? 2 : 4));
}
