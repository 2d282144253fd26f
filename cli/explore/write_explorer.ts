/**
 * Writes the folder of an explorer.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failureReason, isMissing } from "@matryoshka/sae/files";
import { makeFolder } from "../files/folders.ts";
import { replaceFolder } from "../files/output_files.ts";
import type { Explored } from "./details.ts";
import { explorerPageFiles } from "./page_files.ts";
import { type ManifestFacts, pieces, scriptOf, wholeJson } from "./pieces.ts";
import { EXPLORE_SCHEMA } from "./schema.ts";

/** The file by which a folder is recognised as an explorer's. */
const MAIN = "explore.json";

/** The folders of pieces. */
const PIECES = ["list", "details", "words", "vocabulary"];

/**
 * Throws unless the folder can be written: nothing is there, or an empty folder, or `force` is true and it is an
 * explorer's.
 */
export async function checkExplorerFolder(path: string, force: boolean): Promise<void> {
  let names: string[];
  try {
    if (!(await stat(path)).isDirectory()) {
      throw new Error(`Cannot write ${path}: it exists and is not a folder`);
    }
    names = await readdir(path);
  } catch (error) {
    if (isMissing(error)) return;
    const reason = failureReason(error);
    throw reason.startsWith("Cannot write") ? error : new Error(`Cannot write ${path}: ${reason}`);
  }
  if (names.length === 0) return;
  if (!names.includes(MAIN)) {
    throw new Error(`Cannot write ${path}: it holds ${names.sort()[0]} and is not an explorer's`);
  }
  if (!force) {
    throw new Error(`Cannot write ${path}: it holds an explorer already; --force replaces it`);
  }
}

/** What goes into a folder. */
export interface ExplorerContent {
  readonly explored: Explored;
  readonly facts: ManifestFacts;
  /** The autoencoder as a file in this package's format. */
  readonly sae: Uint8Array;
}

/** Writes the folder completely or not at all: it is made beside its target and then renamed. */
export async function writeExplorer(path: string, content: ExplorerContent): Promise<void> {
  const { explored, facts, sae } = content;
  const page = await explorerPageFiles();
  await replaceFolder(path, async (folder) => {
    for (const name of ["", "/data", ...PIECES.map((kind) => `/data/${kind}`)]) {
      await makeFolder(folder + name);
    }
    for (const { name, text } of page) await writeFile(`${folder}/${name}`, text);
    for (const piece of pieces(explored, facts)) {
      await writeFile(`${folder}/data/${piece.name}.js`, scriptOf(piece));
    }
    await writeFile(`${folder}/explore.schema.json`, JSON.stringify(EXPLORE_SCHEMA, null, 2));
    await writeFile(`${folder}/sae.safetensors`, sae);
    const whole = Readable.from(wholeJson(explored, facts));
    await pipeline(whole, createWriteStream(`${folder}/${MAIN}`));
  });
}
