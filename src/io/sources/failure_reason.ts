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
 * Returns the reason of a failed call, for the end of an error's message: a plain sentence for the usual codes of the
 * file system, such as "permission denied", and the error's own message otherwise.
 */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === "string" && REASONS[code] || error.message;
}

/** Returns whether a call failed because there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "ENOENT";
}
