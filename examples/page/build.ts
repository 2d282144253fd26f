/** Bundles the page and its worker into examples/page/out: a folder for any static server. */

import { build as bundle, stop } from "esbuild";

const HERE = new URL("./", import.meta.url);

/** Builds the folder and returns its address. */
export async function build(): Promise<URL> {
  const out = new URL("out/", HERE);
  try {
    await bundle({
      absWorkingDir: HERE.pathname,
      // Outside this repository the name leads to the installed package.
      alias: { "@matryoshka/sae/wasm": "../../entries/wasm.ts" },
      bundle: true,
      // The page finds the worker beside itself: both keep their names.
      entryPoints: ["page.js", "worker.js"],
      format: "esm",
      minify: true,
      outdir: out.pathname,
      splitting: true,
      target: "es2022",
    });
  } finally {
    await stop();
  }
  for (const name of ["index.html", "page.css"]) {
    await Deno.copyFile(new URL(name, HERE), new URL(name, out));
  }
  return out;
}
