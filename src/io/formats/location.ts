/**
 * Whatever an autoencoder may be given as: an address, a path, an answer, a blob, bytes, files.
 *
 * @module
 */
import { wrongKind } from "../../base/checks.ts";
import { sourceFromBlob, sourceFromBytes } from "../sources/bytes.ts";
import type { SaeFiles } from "./sae_files.ts";
import { type HttpOptions, sourceFromUrl, wholeFile, withoutQueries } from "../sources/http.ts";
import { pathOfUrl, sourcesFromPath } from "../sources/paths.ts";

/**
 * Where an autoencoder is: a URL (`http:`, `https:`, `file:`, `data:`, `blob:`), the path of a file or folder where the
 * runtime has files, the answer of a `fetch`, a `Blob` or `File`, bytes, a `ByteSource`, or the files of a
 * folder by their names.
 */
export type SaeLocation = string | URL | Response | Blob | ArrayBuffer | SaeFiles;

/** One letter before the colon is a drive, no scheme. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** The files to be found there. */
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
      throw new TypeError(`Cannot ${task}: the body of ${name} was read before`);
    }
    return await wholeFile(location, name, options.signal);
  }
  if (location instanceof Blob) return sourceFromBlob(location);
  if (location instanceof ArrayBuffer) return sourceFromBytes(new Uint8Array(location));
  if (typeof location === "object" && location !== null) return location;
  throw wrongKind(
    location,
    "the source",
    "a URL, a path, a Response, a Blob, bytes or files by their names",
    task,
  );
}
