/** Bundles the page into examples/browser/out: a folder that works on any server, or without one. */

import { pageFiles } from "explorer/generated/page.ts";
import { build as bundle, type BuildOptions, stop } from "esbuild";

const HERE = import.meta.dirname!;
const OUT = `${HERE}/out`;

const COMMON: BuildOptions = {
  absWorkingDir: HERE,
  alias: { "@matryoshka/sae": "../../mod.ts", "explorer": "../../cli/explore" },
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
      entryPoints: ["src/page.ts", "src/page.css", "src/explorer_tab.ts"],
      outdir: OUT,
      define: { WORKER_SOURCE: JSON.stringify(worker.outputFiles![0].text) },
    });
  } finally {
    await stop();
  }
  await Deno.copyFile(`${HERE}/src/index.html`, `${OUT}/index.html`);
  for (const [name, text] of Object.entries(explorerFiles())) {
    await Deno.writeTextFile(`${OUT}/${name}`, text);
  }
  return OUT;
}

/** Returns the explorer's page, which gets its data from the page that opens it, and may fetch nothing either. */
function explorerFiles(): Record<string, string> {
  const { "index.html": page, "explorer.css": css, "explorer.js": js } = pageFiles;
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'";
  const html = page
    .replace(
      "<title>",
      `<meta http-equiv="Content-Security-Policy" content="${policy}">\n  <title>`,
    )
    .replace('src="explorer.js"', 'src="explorer_tab.js"');
  return { "explorer.html": html, "explorer.css": css, "explorer.js": js };
}

if (import.meta.main) console.log(`Built ${await build()}`);
