/**
 * Says why a call of the file system failed, in the same words on every runtime and system.
 *
 * @module
 */

/** Reasons by the code that `node:` APIs give their errors. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "it is in use",
  EDQUOT: "the disk quota is exhausted",
  EEXIST: "it exists already",
  EFBIG: "the file would be too large",
  EIO: "the device reports an input or output error",
  EISDIR: "it is a folder",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is not a folder",
  ENOTEMPTY: "the folder is not empty",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EXDEV: "it is on another file system",
};

/**
 * Returns why something failed, for the end of an error's message: plain words for the usual errors of the file
 * system, the same in Deno, Node and Bun, and the error's own message otherwise.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { failureReason } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const error = await readFile("/no/such/file").catch((error) => error);
 * assertEquals(`Cannot read it: ${failureReason(error)}`, "Cannot read it: no such file or directory");
 * ```
 */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "NotCapable") return "Deno denies the access; deno run -A permits all";
  const { code } = error as { code?: unknown };
  return typeof code === "string" && REASONS[code] || error.message;
}

/**
 * Returns whether a call of the file system failed because there is no such file or folder.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { isMissing } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const error = await readFile("/no/such/file").catch((error) => error);
 * assertEquals([isMissing(error), isMissing(new Error("no"))], [true, false]);
 * ```
 */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "ENOENT";
}
