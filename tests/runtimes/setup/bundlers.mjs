/**
 * Bundles programs with rollup and Vite, and prints the code as JSON: `node bundlers.mjs TOOLS PROGRAMS`, with the
 * folder of both bundlers and an array of programs. Runs in Node, where both are at home.
 */
import { stripTypeScriptTypes } from "node:module";

const [, , tools, programs] = process.argv;
const { rollup } = await import(new URL("node_modules/rollup/dist/es/rollup.js", tools).href);
const { build } = await import(new URL("node_modules/vite/dist/node/index.js", tools).href);

/** The program, and nothing for the WASM tiers, of which an application loads one. */
const sources = (program) => ({
  name: "sources",
  enforce: "pre",
  resolveId: (id) => id === "program" ? "\0program" : undefined,
  load(id) {
    if (id === "\0program") return program;
    return /\.wasm\.[jt]s$/.test(id) ? "export {};" : undefined;
  },
});

const types = {
  name: "types",
  transform(code, id) {
    if (!id.endsWith(".ts")) return undefined;
    return { code: stripTypeScriptTypes(code, { mode: "transform" }), map: null };
  },
};

/** Tells that the tiers export nothing, which is so by intent. */
const onwarn = () => {};

async function rolled(program) {
  const bundle = await rollup({ input: "program", plugins: [sources(program), types], onwarn });
  const { output } = await bundle.generate({ format: "es", inlineDynamicImports: true });
  return output[0].code;
}

async function viteBuilt(program) {
  const { output } = await build({
    configFile: false,
    logLevel: "silent",
    plugins: [sources(program)],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input: "program", output: { codeSplitting: false } },
    },
  });
  return output.find(({ type }) => type === "chunk").code;
}

const bundles = [];
for (const program of JSON.parse(programs)) {
  bundles.push({ rollup: await rolled(program), vite: await viteBuilt(program) });
}
// Vite keeps the process alive.
process.stdout.write(JSON.stringify(bundles), () => process.exit());
