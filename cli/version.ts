import process from "node:process";

// A packed package has no deno.json to read this from; tests/cli/version_test.ts compares them.

/** The version of both packages, the command line and the library. */
export const VERSION = "0.1.0";
/** The program that files name as their creator. */
export const CREATED_BY: string = `@matryoshka/sae ${VERSION}`;

/** The versions of the programs that take part in a run: the library, the runtime, and its JavaScript engine. */
export const VERSIONS: Readonly<Record<string, string>> = {
  "@matryoshka/sae": VERSION,
  ...runtimeVersions(),
};

function runtimeVersions(): Record<string, string> {
  const { versions } = process;
  // Deno and Bun also state the version of Node that they are compatible with.
  const runtime = ["deno", "bun", "node"].find((name) => versions[name] !== undefined);
  const found: Record<string, string> = {};
  for (const name of [runtime, "v8", "typescript"]) {
    const version = name && versions[name];
    if (version) found[name] = version;
  }
  return found;
}
