/**
 * The recorded tables, `recorded/<gpu>.tsv`. A change of WGSL, of Deno's WGSL compiler or of Mesa may change them;
 * `deno task bench:isa --record` writes them anew.
 *
 * @module
 */
import type { Gpu } from "./compile.ts";
import { fromText, type Table, toText } from "./table.ts";

/** The folder of the recorded tables, from the root. */
export const RECORDED = "bench/gpu/isa/recorded";

const FOLDER = new URL("recorded/", import.meta.url);

/** Reads the recorded table of a GPU, and the compilers that made it. */
export async function readRecorded(gpu: Gpu): Promise<{ compiler: string; table: Table }> {
  return fromText(await Deno.readTextFile(new URL(`${gpu}.tsv`, FOLDER)));
}

/** Names the compilers. */
export function compilerName(mesa: string): string {
  return `Mesa ${mesa}, Deno ${Deno.version.deno}`;
}

/** Records the table of a GPU. */
export async function writeRecorded(gpu: Gpu, table: Table, mesa: string): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(new URL(`${gpu}.tsv`, FOLDER), toText(table, compilerName(mesa)));
}
