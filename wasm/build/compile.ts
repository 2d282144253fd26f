/**
 * Compiles the AssemblyScript sources to one tier.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { type Sources, unrollLoops } from "./sources.ts";

/** Pages of 64 KiB; a shared memory must state its maximum, which is 4 GiB here. */
export const SHARED_MEMORY_PAGES = { initial: 16, maximum: 65536 };

const SHARED_MEMORY = [
  ...["--enable", "threads", "--sharedMemory", "--importMemory"],
  ...["--initialMemory", `${SHARED_MEMORY_PAGES.initial}`],
  ...["--maximumMemory", `${SHARED_MEMORY_PAGES.maximum}`],
];

/** The options of each tier, beside the common ones. */
export const TIERS: Record<string, string[]> = {
  scalar: [],
  simd: ["--enable", "simd"],
  relaxed: ["--enable", "relaxed-simd"],
  // These import `env.memory`, shared; they are opt-in, and never loaded through `import source`.
  "simd-threads": ["--enable", "simd", ...SHARED_MEMORY],
  "relaxed-threads": ["--enable", "relaxed-simd", ...SHARED_MEMORY],
};

/** The options of every tier. */
export const COMMON = [
  ...["--runtime", "stub", "--use", "abort=", "--noAssert", "--uncheckedBehavior", "always"],
  // -O1, not -O3: -O2 and above sink each multiply-add of an unrolled loop into the next one, so all
  // operands of several steps are live at once and V8 spills accumulators (6×8, k unrolled by four:
  // 67 % of the FMA rate at -O3, 93 % at -O1).
  "-O1",
];

/** Compiles `index.ts` of the sources with the options of a tier. */
export async function compile(sources: Sources, tier: string): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const options = [...COMMON, ...TIERS[tier]];
  const { error, stderr } = await asc.main(["index.ts", "--outFile", "out.wasm", ...options], {
    readFile: (file: string) => {
      const name = file.replace(/^\.\//, ""), source = sources.get(name);
      return source === undefined ? null : unrollLoops(name, source);
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") bytes = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  // AS201, a change of type, may hide a signed comparison of addresses: wrong above 2 GiB.
  if (error || !bytes || stderr.toString().includes("AS201")) {
    throw new Error(`Cannot compile index.ts to the ${tier} tier: ${stderr}`);
  }
  return bytes;
}
