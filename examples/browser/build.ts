/** Bundles the page into examples/browser/out: a folder that works on any server, or without one. */

import { build as bundle, type BuildOptions, stop } from "esbuild";

const HERE = import.meta.dirname!;
const OUT = `${HERE}/out`;

const COMMON: BuildOptions = {
  absWorkingDir: HERE,
  alias: { "@matryoshka/sae": "../../mod.ts" },
  bundle: true,
  format: "iife", // browsers load no module from a file
  target: "es2022",
  minify: true,
  legalComments: "inline",
};

/** Builds the folder and returns its path. */
export async function build(): Promise<string> {
  try {
    const worker = await bundle({ ...COMMON, entryPoints: ["src/worker.ts"], write: false });
    await bundle({
      ...COMMON,
      entryPoints: ["src/page.ts", "src/page.css"],
      outdir: OUT,
      define: { WORKER_SOURCE: JSON.stringify(worker.outputFiles![0].text) },
    });
  } finally {
    await stop();
  }
  await Deno.copyFile(`${HERE}/src/index.html`, `${OUT}/index.html`);
  return OUT;
}

if (import.meta.main) console.log(`Built ${await build()}`);
