/** The tarballs under publint and Are the types wrong?, and in an empty project. */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { packed } from "./setup/packed.ts";
import { program, whyNoTools } from "./setup/tools.ts";

/** Each runtime gives such a file a type of its own: a compiled module, exports or an address. */
const UNTYPED = Object.keys(config.exports).filter((entry) => entry.endsWith(".wasm"));

for (const tarball of ["sae.tgz", "sae-cli.tgz"]) {
  Deno.test({
    ...named(`publint has no objection to ${tarball}`, whyNoTools()),
    async fn() {
      const path = new URL(tarball, await packed()).pathname;
      const args = [await program("publint"), "run", path, "--strict", "--level", "warning"];
      const output = await run(await program("node-22"), { args });
      assertEquals(output.includes("All good!"), true, output);
    },
  });

  Deno.test({
    ...named(`the types of ${tarball} are not wrong where ES modules are imported`, whyNoTools()),
    async fn() {
      const path = new URL(tarball, await packed()).pathname;
      // Neither package has a CommonJS build: Node 20 and later can `require` ES modules.
      const args = [path, "--profile", "esm-only", "--format", "json"];
      if (tarball === "sae.tgz") args.push("--exclude-entrypoints", ...UNTYPED);
      const node = await program("node-22");
      await run(node, { args: [await program("attw"), ...args] });
    },
  });
}

Deno.test("npm installs the library into an empty project as one package, from the tarball alone", async () => {
  const tarball = new URL("sae.tgz", await packed()).pathname;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true }');
    const args = ["install", "--offline", "--no-audit", "--no-fund", tarball];
    const output = await run("npm", { args, cwd: new URL(`file://${folder}/`) });
    assertEquals(output.match(/added .* packages?/)?.[0], "added 1 package");
    const scopes = [...Deno.readDirSync(`${folder}/node_modules`)].map(({ name }) => name);
    assertEquals(scopes.filter((name) => !name.startsWith(".")), ["@matryoshka"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
