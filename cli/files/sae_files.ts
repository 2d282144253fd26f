/**
 * Autoencoders on disk, whoever wrote them.
 *
 * @module
 */
import { type LoadedSae, loadSae, type Sae, SAE_FORMATS, type SaeFormat } from "@matryoshka/sae";
import { type FileSource, openFile } from "@matryoshka/sae/files";
import type { ActivationFiles } from "./activation_files.ts";
import { wordOption } from "../terminal/options.ts";

/** How commands name the format of an autoencoder that they read. */
export const formatOption = (flags = "--from <format>") =>
  wordOption(flags, SAE_FORMATS, "format of the autoencoder, if not by its content");

/** The configuration that some libraries keep beside the weights. */
const CONFIGURATIONS = ["cfg.json", "config.json"];
/** A folder with more is not that of one autoencoder, and all of them would have to be open at once. */
const MOST_FILES = 100;

/** An autoencoder, and the files that it came from. */
export interface SaeOnDisk {
  readonly sae: LoadedSae;
  /** The files that were looked at, with their lengths in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
}

/**
 * Reads the autoencoder of a folder, or of a file and the configuration beside it.
 *
 * @throws {Error} if there is no such file or folder, and what `loadSae` throws.
 */
export async function readSae(path: string, format?: SaeFormat): Promise<SaeOnDisk> {
  await using opened = new AsyncDisposableStack();
  const files: Record<string, FileSource> = {};
  const paths = await isFolder(path) ? await filesIn(path) : await fileAndConfiguration(path);
  for (const each of paths) files[each] = opened.use(await openFile(each));
  const sae = await loadSae(files, { format });
  return { sae, files: Object.values(files).map(({ name, size }) => ({ name, size })) };
}

async function isFolder(path: string): Promise<boolean> {
  // What is wrong with the path is for the opening of the file to say.
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isFile, () => false);
}

async function filesIn(folder: string): Promise<string[]> {
  const base = folder.replace(/\/+$/, "") || "/";
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = base === "/" ? `/${name}` : `${base}/${name}`;
      // A link to a file is as good as the file: caches of downloads are made of links.
      if (!isDirectory && await isFile(path)) paths.push(path);
      if (paths.length <= MOST_FILES) continue;
      throw new RangeError(
        `Cannot read the autoencoder of ${folder}: it holds more than ${MOST_FILES} files; ` +
          "give the one with the weights",
      );
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new Error(`Cannot open ${folder}: ${(cause as Error).message}`, { cause });
  }
  // The order of a folder is the file system's.
  return paths.sort();
}

async function fileAndConfiguration(path: string): Promise<string[]> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const paths = [path];
  for (const name of CONFIGURATIONS) {
    if (folder + name !== path && await isFile(folder + name)) paths.push(folder + name);
  }
  return paths;
}

/** Throws unless the rows of the files have the autoencoder's size. */
export function checkInputSize(sae: Sae, files: ActivationFiles, task: string): void {
  const { inputSize } = sae.parameters, { description } = files;
  if (inputSize === description.inputSize) return;
  const names = description.shards.map(({ name }) => name).join(", ");
  throw new RangeError(
    `Cannot ${task}: the autoencoder's inputSize is ${inputSize} but ${names} has rows of ` +
      `${description.inputSize}`,
  );
}
