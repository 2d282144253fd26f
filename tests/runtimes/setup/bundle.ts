/** Bundles the programme with esbuild, with the package installed from its tarball. */
import { build } from "esbuild";
import { consumer } from "./packed.ts";

/** Options of a bundle. */
export interface BundleOptions {
  /** Whether to keep imports of packages instead of bundling them. */
  readonly external?: boolean;
  /** Modules whose imports are kept. */
  readonly externals?: readonly string[];
}

const PROGRAMME = new URL("../programme/", import.meta.url);

/** Bundles a file of `programme/` into one module. The caller must `stop()` esbuild. */
export async function bundle(entry: string, options: BundleOptions = {}): Promise<string> {
  const modules = new URL("node_modules", await consumer()).pathname;
  const { outputFiles } = await build({
    entryPoints: [new URL(entry, PROGRAMME).pathname],
    nodePaths: [modules],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    packages: options.external ? "external" : "bundle",
    external: [...options.externals ?? [], "node:*"],
    logLevel: "error",
  });
  return outputFiles[0].text;
}
