/** README: its length and its picture. Its code is run by tests/runtimes/files_test.ts. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";

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
