/**
 * How a command ends, and how it says so.
 *
 * @module
 */

/** What the process returns. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command line asks for something that cannot be: exit code 2, and a hint at --help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The result of `check`, whose errors are then errors of usage. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** An error in words; its stack only for those who debug, by the variable DEBUG. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return Deno.env.get("DEBUG") ? error.stack ?? error.message : error.message;
}
