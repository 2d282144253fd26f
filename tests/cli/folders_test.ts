/** Folders that are made for output. */

import { assert, assertRejects } from "@std/assert";
import { stat, writeFile } from "node:fs/promises";
import { makeFolder } from "../../cli/files/folders.ts";
import { inFolder } from "./run_cli.ts";

Deno.test("makeFolder() makes the missing folders above, and leaves an existing one", () =>
  inFolder(async (folder) => {
    await makeFolder(`${folder}/a/b/c`);
    await makeFolder(`${folder}/a/b`);
    assert((await stat(`${folder}/a/b/c`)).isDirectory());
  }));

Deno.test("makeFolder() names what stands in the way", () =>
  inFolder(async (folder) => {
    await writeFile(`${folder}/file`, "");
    await assertRejects(() => makeFolder(`${folder}/file`), Error, "it exists and is not a folder");
    await assertRejects(() => makeFolder(`${folder}/file/a`), Error);
  }));

Deno.test({
  name: "makeFolder() fails at once where a file system refuses folders",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await assertRejects(() => makeFolder("/proc/no/such/folder"), Error);
  },
});
