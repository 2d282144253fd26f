/**
 * Compiles the package's compute pipelines for GPUs that are not there.
 *
 * @module
 */
import { denoCommand, type Gpu, runOnNullDriver } from "./null_device.ts";

const HERE = new URL("./", import.meta.url);

/** What became of a pipeline. */
export interface Compiled {
  /** The shader, and the values set in it: `encode SIDE=16 COMPACT=true`, as `deno task wgsl` takes them. */
  readonly label: string;
  /** RADV's statistics by name, such as "VGPRs". */
  readonly statistics: Readonly<Record<string, number>>;
  /** The disassembled machine code. */
  readonly assembly: string;
}

/** Rewrites `encode {"SIDE":16,…}` as `encode SIDE=16 …`, without the types that all products have. */
function shortLabel(label: string): string {
  const [name, json] = [label.split(" ")[0], label.slice(label.indexOf(" ") + 1)];
  if (!json.startsWith("{")) return label;
  const values = Object.entries(JSON.parse(json)).filter(([key, value]) =>
    !String(value).startsWith("vec4<f32>") && !(/WIDTH$/.test(key) && value === 4)
  );
  return [name, ...values.map(([key, value]) => `${key}=${value}`)].join(" ");
}

/** Options of `compile`. */
export interface CompileOptions {
  /** What to compile instead of the training steps: see `steps.ts`. */
  readonly what?: readonly string[];
  /** Where to keep the files that the driver writes; by default they are removed. */
  readonly keep?: string;
  /** The folder of the npm package `webgpu`: the texts are then compiled by Dawn's Tint instead of Deno's naga. */
  readonly dawn?: string;
}

/**
 * Compiles every pipeline of the training steps and returns them in the order of their labels. A pipeline that
 * several steps share appears once.
 *
 * @throws {Error} if the driver cannot be built, or a step fails; the message holds what was printed.
 */
export async function compile(gpu: Gpu, options: CompileOptions = {}): Promise<Compiled[]> {
  const out = options.keep ?? await Deno.makeTempDir();
  try {
    await Deno.mkdir(out, { recursive: true });
    await runOnNullDriver(gpu, denoCommand(new URL("steps.ts", HERE), options.what), out);
    if (options.dawn === undefined) return await compiledIn(out);
    const tint = `${out}/tint`;
    await Deno.mkdir(tint, { recursive: true });
    const script = new URL("dawn.mjs", HERE).pathname;
    await runOnNullDriver(gpu, ["node", script, `${options.dawn}index.js`, out], tint);
    return await compiledIn(tint);
  } finally {
    if (options.keep === undefined) await Deno.remove(out, { recursive: true });
  }
}

/** Reads what the driver has written into a folder. */
async function compiledIn(folder: string): Promise<Compiled[]> {
  const all = new Map<string, Compiled>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^\d+\.txt$/.test(name)) continue;
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const pairs = text.trim().split("\n").map((line) => line.split("\t"));
    const { label, ...statistics } = Object.fromEntries(pairs);
    const assembly = await Deno.readTextFile(`${folder}/${name.replace(/txt$/, "asm")}`);
    const numbers = Object.entries(statistics).map(([key, value]) => [key, Number(value)]);
    const short = shortLabel(label);
    all.set(short, { label: short, statistics: Object.fromEntries(numbers), assembly });
  }
  return [...all.values()].sort((a, b) => a.label < b.label ? -1 : 1);
}
