/**
 * Collects the files of an autoencoder by name.
 *
 * @module
 */
import { type ByteSource, sourceFromBytes } from "../sources/bytes.ts";

/** One file, or the files of a folder by name. */
export type SaeFiles =
  | ByteSource
  | Uint8Array
  | Readonly<Record<string, ByteSource | Uint8Array>>;

function isSource(value: unknown): value is ByteSource {
  return typeof value === "object" && value !== null && "read" in value &&
    typeof value.read === "function";
}

/** Returns sources by file name, without folders. */
export function namedSources(files: SaeFiles, task: string): Map<string, ByteSource> {
  const wrong = (what: string) =>
    new TypeError(`Cannot ${task}: ${what} must be a Uint8Array or a ByteSource`);
  if (files instanceof Uint8Array) return new Map([["bytes", sourceFromBytes(files)]]);
  if (isSource(files)) return new Map([[files.name, files]]);
  if (typeof files !== "object" || files === null) throw wrong("the source, or each of its files,");
  const named = new Map<string, ByteSource>();
  for (const [path, file] of Object.entries(files)) {
    const name = path.replace(/^.*[/\\]/s, "");
    if (named.has(name)) {
      throw new RangeError(`Cannot ${task}: two of the files have the name ${name}`);
    }
    if (file instanceof Uint8Array) named.set(name, sourceFromBytes(file, name));
    else if (isSource(file)) named.set(name, file);
    else throw wrong(`file ${path}`);
  }
  return named;
}
