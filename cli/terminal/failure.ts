/**
 * Exit codes and error messages.
 *
 * @module
 */
import process from "node:process";
import { failureReason } from "@matryoshka/sae/files";

/** The exit codes of the process. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** An error in how the command was called: it exits with 2 and points to --help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Returns the result of `check`; a RangeError or TypeError that it throws becomes a {@linkcode UsageError}. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/**
 * Returns the message of an error, or its stack if the environment variable DEBUG is set. Errors of the file system
 * become sentences such as "permission denied".
 */
export function describeError(error: unknown): string {
  const reason = failureReason(error);
  return process.env.DEBUG && error instanceof Error ? error.stack ?? reason : reason;
}
