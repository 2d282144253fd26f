/** Bundles programs with esbuild, rollup and Vite, minified and without the WASM tiers. */
import { build, stop, transform } from "esbuild";
import { run } from "./command.ts";
import { program as programOf, tools } from "./tools.ts";

/** The bundlers. */
export const BUNDLERS = ["esbuild", "rollup", "Vite"] as const;

/** The minified code of a program, by bundler. */
export type Bundles = Readonly<Record<typeof BUNDLERS[number], string>>;

const OPTIONS = { minify: true, format: "esm", target: "es2022" } as const;

async function withEsbuild(contents: string): Promise<string> {
  const { outputFiles } = await build({
    ...OPTIONS,
    stdin: { contents, resolveDir: "/" },
    bundle: true,
    external: ["*.wasm.js", "*.wasm.ts"],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Bundles each program with each bundler. Programs import by path. */
export async function bundleEach(programs: readonly string[]): Promise<Bundles[]> {
  const script = new URL("bundlers.mjs", import.meta.url).pathname;
  const args = ["--no-warnings", script, (await tools()).href, JSON.stringify(programs)];
  const others: { rollup: string; vite: string }[] = JSON.parse(
    await run(await programOf("node-22"), { args }),
  );
  try {
    return await Promise.all(others.map(async ({ rollup, vite }, n) => ({
      esbuild: await withEsbuild(programs[n]),
      // rollup has no minifier of its own.
      rollup: (await transform(rollup, OPTIONS)).code,
      Vite: vite,
    })));
  } finally {
    await stop();
  }
}
