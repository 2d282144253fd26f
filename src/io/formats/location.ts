/**
 * Finds the files of an autoencoder at a URL or a path, in a response, in a blob or in memory.
 *
 * @module
 */
import { wrongKind } from "../../base/checks.ts";
import { sourceFromBlob, sourceFromBytes } from "../sources/bytes.ts";
import type { SaeFiles } from "./sae_files.ts";
import { type HttpOptions, sourceFromUrl, wholeFile, withoutQueries } from "../sources/http.ts";
import { pathOfUrl, sourcesFromPath } from "../sources/paths.ts";

/**
 * Where an autoencoder is: a URL (`http:`, `https:`, `file:`, `data:`, `blob:`); the path of a file or folder, in
 * runtimes with a file system; the `Response` of a `fetch`; a `Blob` or `File`; bytes; a `ByteSource`; or the files
 * of a folder by name.
 */
export type SaeLocation = string | URL | Response | Blob | ArrayBuffer | SaeFiles;

/** A scheme has at least two letters: one letter before the colon is a drive. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** Opens the files at a location. */
export async function filesAt(
  location: SaeLocation,
  options: HttpOptions,
  task: string,
): Promise<SaeFiles> {
  if (location === "") throw new RangeError(`Cannot ${task}: the path is empty`);
  if (typeof location === "string" && !SCHEME.test(location)) {
    return await sourcesFromPath(location);
  }
  if (typeof location === "string" || location instanceof URL) {
    const url = URL.canParse(String(location)) ? new URL(location) : undefined;
    const path = url?.protocol === "file:" ? pathOfUrl(url) : undefined;
    return path === undefined
      ? await sourceFromUrl(location, options)
      : await sourcesFromPath(path);
  }
  if (location instanceof Response) {
    const name = withoutQueries(location.url) || "the response";
    if (location.bodyUsed) {
      throw new TypeError(`Cannot ${task}: the body of ${name} has been read already`);
    }
    return await wholeFile(location, name, options.signal);
  }
  if (location instanceof Blob) return sourceFromBlob(location);
  if (location instanceof ArrayBuffer) return sourceFromBytes(new Uint8Array(location));
  if (typeof location === "object" && location !== null) return location;
  throw wrongKind(
    location,
    "the source",
    "a URL, a path, a Response, a Blob, bytes or files by name",
    task,
  );
}
