/**
 * Pages in Chromium and Firefox, isolated or not, that load the installed modules, a bundle by esbuild, or a
 * build by Vite.
 */

import { stop } from "esbuild";
import { named } from "../missing.ts";
import { BROWSERS, reportsOf, whyNoBrowser } from "./setup/browsers.ts";
import { bundle } from "./setup/bundle.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { check } from "./setup/results.ts";
import { serve } from "./setup/server.ts";
import { program } from "./setup/tools.ts";

const PACKAGE = "/node_modules/@matryoshka/sae/";
const IMPORT_MAP = {
  imports: {
    "@matryoshka/sae": `${PACKAGE}mod.js`,
    "@matryoshka/sae/wasm": `${PACKAGE}entries/wasm.js`,
    "@matryoshka/sae/webgpu": `${PACKAGE}entries/webgpu.js`,
  },
};

function page(script: string): string {
  return `<!doctype html><meta charset="utf-8"><title>${script}</title>
<script type="importmap">${JSON.stringify(IMPORT_MAP)}</script>
<script type="module" src="${script}"></script>`;
}

/** Returns a folder in that of `consumer()` with what Vite builds of the page: `dist/index.html`. */
async function viteBuild(folder: URL, script: string): Promise<URL> {
  const root = new URL(
    `file://${await Deno.makeTempDir({ dir: folder.pathname, prefix: "vite-" })}/`,
  );
  await Deno.writeTextFile(new URL("page.js", root), script);
  const html = page("./page.js").replace(/<script type="importmap">.*<\/script>/, "");
  await Deno.writeTextFile(new URL("index.html", root), html);
  const args = [await program("vite"), "build", root.pathname, "--base=./", "--logLevel=warn"];
  await run(await program("node-22"), { args, cwd: root });
  return root;
}

/** Software adapters take half a minute to compile the shaders, so each kind of page tries WebGPU once. */
const PAGES: { name: string; webgpu: "plain" | "isolated" | "never" }[] = [
  { name: "modules", webgpu: "plain" },
  { name: "bundle", webgpu: "isolated" },
  { name: "vite", webgpu: "never" },
];

for (const runtime of ["Chromium", "Firefox"] as const) {
  const browser = BROWSERS[runtime];
  Deno.test({
    ...named(`the programme runs in pages of ${runtime}`, whyNoBrowser(browser)),
    async fn(t) {
      const files = {
        "/modules/index.html": page("/modules.js"),
        "/modules.js": await bundle("page.ts", { external: true }),
        "/bundle/index.html": page("/bundle.js"),
        "/bundle.js": await bundle("page.ts"),
      };
      await stop();
      const folder = await consumer();
      const vite = await viteBuild(folder, files["/modules.js"]);
      try {
        for (const kind of ["plain", "isolated"] as const) {
          await t.step(kind, async () => {
            await using server = await serve({ files, folder, isolated: kind === "isolated" });
            const addresses = PAGES.map(({ name, webgpu }) => {
              const path = name === "vite"
                ? `/${vite.pathname.split("/").at(-2)}/dist`
                : `/${name}`;
              const backends = ["wasm", "wasm, 2 threads", ...webgpu === kind ? ["webgpu"] : []];
              const query = new URLSearchParams(backends.map((backend) => ["backend", backend]));
              return `${server.address}${path}/?${query}`;
            });
            const reports = await reportsOf(browser, addresses);
            const attempts = reports.flatMap((report) => report.attempts);
            const threads = kind === "isolated" ? ["wasm, 2 threads"] : [];
            await check({
              runtime,
              way: `${kind === "isolated" ? "isolated page" : "page"}: modules, esbuild, Vite`,
              report: { engine: reports[0].engine, attempts },
            }, ["wasm", ...threads, "webgpu"]);
          });
        }
      } finally {
        await Deno.remove(vite, { recursive: true });
      }
    },
  });
}
