/**
 * The recorded tables, `recorded/<gpu>.tsv`. A change of WGSL, of Deno's WGSL compiler or of Mesa may change them;
 * `deno task bench:isa --record` writes them anew.
 *
 * @module
 */
import type { Gpu } from "./null_device.ts";
import { fromText, type Table, toText } from "./table.ts";

/** The folder of the recorded tables, from the root. */
export const RECORDED = "bench/gpu/isa/recorded";

const FOLDER = new URL("recorded/", import.meta.url);

/** Deno's compiler of WGSL, or Chromium's. */
export type Compiler = "naga" | "tint";

/** Only for this GPU is Tint's table recorded. */
export const TINT_GPU: Gpu = "gfx1100";

function fileOf(gpu: Gpu, compiler: Compiler): URL {
  return new URL(compiler === "naga" ? `${gpu}.tsv` : `${gpu}.tint.tsv`, FOLDER);
}

/** Reads the recorded table of a GPU, and the name of the compilers that made it. */
export function readRecorded(
  gpu: Gpu,
  compiler: Compiler = "naga",
): { compiler: string; table: Table } {
  return fromText(Deno.readTextFileSync(fileOf(gpu, compiler)));
}

/** Names the compilers; `dawn` is the folder of the npm package. */
export async function compilerName(mesa: string, dawn?: string): Promise<string> {
  if (dawn === undefined) return `Mesa ${mesa}, Deno ${Deno.version.deno}`;
  const { version } = JSON.parse(await Deno.readTextFile(`${dawn}package.json`));
  return `Mesa ${mesa}, Dawn of npm's webgpu ${version}`;
}

/** Records the table of a GPU. */
export async function writeRecorded(
  gpu: Gpu,
  table: Table,
  mesa: string,
  dawn?: string,
): Promise<void> {
  const file = fileOf(gpu, dawn === undefined ? "naga" : "tint");
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(file, toText(table, await compilerName(mesa, dawn)));
}
