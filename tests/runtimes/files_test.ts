/** `@matryoshka/sae/files` and the documented examples in Deno, Node and Bun, installed with npm from the tarball. */
import { assertEquals, assertGreater } from "@std/assert";
import { stop, transform } from "esbuild";
import { inFolder } from "../cli/run_cli.ts";
import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { RUNTIMES } from "./setup/runtimes.ts";
import { whyNoTools } from "./setup/tools.ts";

const ROOT = new URL("../../", import.meta.url);
/** Matches an example that is run, not one marked otherwise, such as "ts ignore". */
const EXAMPLE = /^```ts\n([^]*?)^```$/gm;

for (const runtime of Object.keys(RUNTIMES)) {
  Deno.test({
    ...named(`@matryoshka/sae/files reads, writes and says why not in ${runtime}`, whyNoTools()),
    fn: () =>
      inFolder(async (folder) => {
        const cwd = await consumer();
        const script = new URL(`files-${runtime.replace(" ", "-")}.mjs`, cwd);
        await Deno.copyFile(new URL("programme/files.mjs", import.meta.url), script);
        const [program, ...before] = await RUNTIMES[runtime]();
        const output = await run(program, { args: [...before, script.pathname, folder], cwd });
        assertEquals(output, "done\n");
      }),
  });
}

/** Returns the TypeScript examples of README and of the guides, by page and number. */
async function examples(): Promise<Map<string, string>> {
  const pages = ["README.md"];
  for (const { name } of Deno.readDirSync(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) pages.push(`docs/${name}`);
  }
  const found = new Map<string, string>();
  for (const page of pages.sort()) {
    const text = await Deno.readTextFile(new URL(page, ROOT));
    for (const [n, [, source]] of [...text.matchAll(EXAMPLE)].entries()) {
      found.set(`${page}, example ${n + 1}`, source);
    }
  }
  return found;
}

Deno.test({
  ...named("the examples of README and the guides run in Node 20 and Bun", whyNoTools()),
  async fn(t) {
    const cwd = await consumer();
    const found = await examples();
    assertGreater(found.size, 0);
    let n = 0;
    for (const [name, source] of found) {
      // README's run as they stand, without their types. In the guides, `using` becomes try and finally, as in every
      // TypeScript project for Node 20.
      const target = name.startsWith("README.md") ? "esnext" : "node20";
      const { code } = await transform(source, { loader: "ts", format: "esm", target });
      const script = new URL(`example-${++n}.mjs`, cwd);
      await Deno.writeTextFile(script, code);
      for (const runtime of ["Node 20", "Bun"]) {
        await t.step(`${name}, in ${runtime}`, async () => {
          const [program] = await RUNTIMES[runtime]();
          await run(program, { args: [script.pathname], cwd, timeout: 60_000 });
        });
      }
    }
    await stop();
  },
});
