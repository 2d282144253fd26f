/** Bundles Workers as Wrangler does: JavaScript in one module, and each `.wasm` file as its own. */
import { build, stop } from "esbuild";
import { consumer } from "../../runtimes/setup/packed.ts";
import type { WorkerModules } from "../../runtimes/setup/workerd.ts";

/** The Worker of `examples/edge`. */
export const WORKER = new URL("../../../examples/edge/worker.js", import.meta.url);

/** Bundles a Worker's file with everything it imports, and the package as installed from its tarball. */
export async function bundleWorker(entry: URL): Promise<WorkerModules> {
  const installed = new URL("node_modules", await consumer()).pathname;
  const wasm: Record<string, Uint8Array> = {};
  try {
    const { outputFiles } = await build({
      entryPoints: [entry.pathname],
      nodePaths: [installed],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      logLevel: "error",
      plugins: [{
        name: "wasm",
        setup({ onResolve, resolve }) {
          onResolve({ filter: /\.wasm$/ }, async ({ path, kind, resolveDir, pluginData }) => {
            // The plugin's own call of `resolve` below.
            if (pluginData === "found") return undefined;
            const found = await resolve(path, { kind, resolveDir, pluginData: "found" });
            const name = found.path.slice(found.path.lastIndexOf("/") + 1);
            wasm[name] = await Deno.readFile(found.path);
            return { path: `./${name}`, external: true };
          });
        },
      }],
    });
    return { "worker.js": outputFiles[0].text, ...wasm };
  } finally {
    await stop();
  }
}
