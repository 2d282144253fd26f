/**
 * Which tests run. `deno task test` leaves out what takes long or installs much: other runtimes (1 GB), and most
 * repetitions of random trials. The gate, which sets CI, and `deno task test:all` run the whole matrix; only
 * `test:all` runs what software adapters do in every way.
 */
const WHOLE = Boolean(Deno.env.get("CI") || Deno.env.get("WHOLE_MATRIX"));

/** Returns why a test is left to the whole matrix, if it is. */
export function whyNotHere(): string | undefined {
  return WHOLE ? undefined : "part of the whole matrix: deno task test:all";
}

/** Returns how many times to repeat a random trial: all of them in the whole matrix, else a quarter. */
export function trials(count: number): number {
  return WHOLE ? count : Math.ceil(count / 4);
}

/** Whether software adapters, on which all is slow, run every kernel and recorded run in every way. */
export const EVERY_WAY = Deno.env.get("WHOLE_MATRIX") !== undefined;
