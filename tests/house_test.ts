/** Rules of the house: short files, telling names, small files, and no mention of a file that does not exist. */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** The longest permitted file, in lines; generated code is exempt. */
const LONGEST = 300;

const MEDIAN = 120;
const LARGEST_BYTES = 2 ** 20;

/** Returns the paths of all files that git tracks or would track. */
async function projectFiles(): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`Cannot list files: ${new TextDecoder().decode(stderr)}`);
  const listed = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
  // Git still lists a file that has been deleted but not committed.
  return [...new Set(listed)].filter(exists).sort();
}

function exists(path: string | URL): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

const files = await projectFiles();

const sources = files.filter((path) => {
  return /\.(ts|js|wgsl)$/.test(path) && !path.includes("/generated/");
});

const lengths = new Map(sources.map((path) => [path, read(path).trimEnd().split("\n").length]));

Deno.test(`no source file has more than ${LONGEST} lines`, () => {
  const long = [...lengths].filter(([, lines]) => lines > LONGEST);
  assertEquals(long, []);
});

Deno.test(`the median source file has fewer than ${MEDIAN} lines`, () => {
  const sorted = [...lengths.values()].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  assert(median < MEDIAN, `${median} lines`);
});

Deno.test("no file or folder is a drawer for leftovers", () => {
  const drawers = files.filter((path) => {
    return path.split("/").some((name) => /^(utils?|helpers?|common|misc)(\.|_|$)/i.test(name));
  });
  assertEquals(drawers, []);
});

Deno.test("no file outside tests/golden is larger than 1 MiB", () => {
  const large = files.filter((path) => {
    const { size } = Deno.statSync(new URL(path, ROOT));
    return size > LARGEST_BYTES && !path.startsWith("tests/golden/");
  });
  assertEquals(large, []);
});

/** A path from the root of the project, or the name of a Markdown file. */
const MENTION =
  /(?<![\w./:@~-])((?:kernels|wasm|src|cli|entries|tests|bench|examples|docs)\/[\w./-]+\.(?:ts|wgsl|json|md)|[\w-]+\.md)\b/g;

Deno.test("the project mentions no file of its own that does not exist", () => {
  const names = new Set(files.map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const absent: string[] = [];
  for (const path of files) {
    if (!/\.(ts|js|wgsl|md|yml|jsonc?)$/.test(path) || path.endsWith("package-lock.json")) continue;
    for (const [, mentioned] of read(path).matchAll(MENTION)) {
      const besides = new URL(mentioned, new URL(path, ROOT));
      // Packing makes declarations, which have no source of that name.
      const candidates = [mentioned, besides, mentioned.replace(/\.d\.ts$/, "")];
      const found = mentioned.includes("/") ? candidates.some(exists) : names.has(mentioned);
      if (!found) absent.push(`${path} mentions ${mentioned}`);
    }
  }
  assertEquals(absent, []);
});
