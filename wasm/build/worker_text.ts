/**
 * Makes one script of `threads/worker.ts` and what it imports.
 *
 * @module
 */
import { build, stop } from "esbuild";

/** Bundles a worker without its comments and spaces; names stay, for stack traces and tests. */
export async function bundleWorker(entry: URL): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [entry.pathname],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
      // Inlines the numbers of control.ts.
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: "none",
    });
    return outputFiles[0].text;
  } finally {
    await stop();
  }
}
