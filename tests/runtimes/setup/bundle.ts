/** Bundles the programme with esbuild, against the package as it was installed from the tarball. */
import { build } from "esbuild";
import { consumer } from "./packed.ts";

/** How a bundle is made. */
export interface BundleOptions {
  /** Whether packages stay imports: by default they are bundled. */
  readonly external?: boolean;
  /** Modules that stay imports. */
  readonly externals?: readonly string[];
}

const PROGRAMME = new URL("../programme/", import.meta.url);

/** A file of `programme/` as one module. The caller has to `stop()` esbuild. */
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
