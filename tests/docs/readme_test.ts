/** README: its length, its picture, and its code on the oldest supported Node. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { named } from "../missing.ts";
import { run } from "../runtimes/setup/command.ts";
import { consumer } from "../runtimes/setup/packed.ts";
import { program, whyNoTools } from "../runtimes/setup/tools.ts";

const ROOT = new URL("../../", import.meta.url);
/** Words of a first reading, code and tables included. */
const MOST_WORDS = 1000;

const readme = await Deno.readTextFile(new URL("README.md", ROOT));

Deno.test(`README has at most ${MOST_WORDS} words`, () => {
  const words = readme.split(/\s+/).length;
  assert(words <= MOST_WORDS, `${words} words`);
});

Deno.test("README's picture shows the shares of its table", async () => {
  const picture = await Deno.readTextFile(new URL("docs/pictures/absorption.svg", ROOT));
  const shares = [...readme.matchAll(/^(?:vanilla|Matryoshka) +(\d+)\.\d %/gm)];
  assertEquals(shares.length, 2);
  for (const [, percent] of shares) assertStringIncludes(picture, `>${percent} %<`);
  assertStringIncludes(picture, "prefers-color-scheme: dark");
});

Deno.test({
  ...named("README's code runs on Node 20 from the npm package, as it stands", whyNoTools()),
  async fn() {
    const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
    assert(blocks.length > 0);
    const folder = await consumer();
    for (const [i, code] of blocks.entries()) {
      const script = new URL(`readme-${i}.mjs`, folder);
      await Deno.writeTextFile(script, code);
      await run(await program("node-20"), { args: [script.pathname], cwd: folder });
    }
  },
});
