/**
 * Reads autoencoders in the formats of any library from disk.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { type LoadedSae, loadSae, type Sae, SAE_FORMATS, type SaeFormat } from "@matryoshka/sae";
import { failureReason, type FileSource, openFile } from "@matryoshka/sae/files";
import type { ActivationFiles } from "./activation_files.ts";
import { wordOption } from "../terminal/options.ts";
import { scoped } from "../terminal/scope.ts";

/** Makes the option `--from`, which names the format of an autoencoder to read. */
export const formatOption = (flags = "--from <format>") =>
  wordOption(flags, SAE_FORMATS, "format of the autoencoder, if not by its content");

/** The configuration that some libraries keep beside the weights. */
const CONFIGURATIONS = ["cfg.json", "config.json"];
/** A folder with more files is not that of one autoencoder, and all of them would be open at once. */
const MOST_FILES = 100;

/** An autoencoder, and the files that it came from. */
export interface SaeOnDisk {
  readonly sae: LoadedSae;
  /** The files that were read, with their lengths in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
}

/**
 * Reads the autoencoder in a folder, or in a file and the configuration beside it.
 *
 * @throws {Error} if there is no such file or folder, or if `loadSae` rejects it.
 */
export function readSae(path: string, format?: SaeFormat): Promise<SaeOnDisk> {
  return scoped(async (opened) => {
    const files: Record<string, FileSource> = {};
    const paths = await isFolder(path) ? await filesIn(path) : await fileAndConfiguration(path);
    for (const each of paths) files[each] = opened.use(await openFile(each));
    const sae = await loadSae(files, { format });
    return { sae, files: Object.values(files).map(({ name, size }) => ({ name, size })) };
  });
}

async function isFolder(path: string): Promise<boolean> {
  // If the path is wrong, opening the file fails with the reason.
  return await stat(path).then((found) => found.isDirectory(), () => false);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then((found) => found.isFile(), () => false);
}

async function filesIn(folder: string): Promise<string[]> {
  const base = folder.replace(/[/\\]+$/, "") || "/";
  const paths: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = base === "/" ? `/${entry.name}` : `${base}/${entry.name}`;
      // Links to files count: caches of downloads consist of links.
      if (!entry.isDirectory() && await isFile(path)) paths.push(path);
      if (paths.length <= MOST_FILES) continue;
      throw new RangeError(
        `Cannot read the autoencoder of ${folder}: it holds more than ${MOST_FILES} files; ` +
          "give the one with the weights",
      );
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new Error(`Cannot open ${folder}: ${failureReason(cause)}`, { cause });
  }
  // File systems list folders in any order.
  return paths.sort();
}

async function fileAndConfiguration(path: string): Promise<string[]> {
  const folder = path.replace(/[^/\\]*$/, "");
  const paths = [path];
  for (const name of CONFIGURATIONS) {
    if (folder + name !== path && await isFile(folder + name)) paths.push(folder + name);
  }
  return paths;
}

/** Throws unless the rows of the files have the input size of the autoencoder. */
export function checkInputSize(sae: Sae, files: ActivationFiles, task: string): void {
  const { inputSize } = sae.parameters, { description } = files;
  if (inputSize === description.inputSize) return;
  const [{ name }, ...others] = description.shards;
  const names = others.length === 0 ? name : `each of ${description.shards.length} files`;
  throw new RangeError(
    `Cannot ${task}: the autoencoder's inputSize is ${inputSize} but ${names} has rows of ` +
      `${description.inputSize}`,
  );
}
