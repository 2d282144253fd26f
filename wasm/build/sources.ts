/**
 * The AssemblyScript sources as the compiler gets them.
 *
 * @module
 */

/** The sources by file name. */
export type Sources = ReadonlyMap<string, string>;

const UNROLLED =
  /^( *)\/\/ @unroll\n\1for \(let (\w+) = 0; \2 < (\d+); \2\+\+\) \{\n([^]*?)\n\1\}$/gm;

/**
 * Reads every source of a folder, sorted by name.
 *
 * @param folder The URL of the folder, with a slash at its end.
 */
export function readSources(folder: URL): Sources {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".ts")
  );
  return new Map(names.sort().map((name) => [name, Deno.readTextFileSync(new URL(name, folder))]));
}

/**
 * Repeats the body of every loop that follows a line `// @unroll`: neither the AssemblyScript compiler
 * nor Binaryen unrolls loops. The loop counts from 0 to a number, and its body does not use the counter.
 */
export function unrollLoops(name: string, source: string): string {
  const unrolled = source.replaceAll(UNROLLED, (_, _indent, counter, count, body: string) => {
    if (new RegExp(`\\b${counter}\\b`).test(body)) {
      throw new Error(`Cannot unroll a loop in ${name}: its body uses the counter ${counter}`);
    }
    return Array(Number(count)).fill(body).join("\n");
  });
  if (unrolled.includes("@unroll")) {
    throw new Error(`Cannot unroll a loop in ${name}: no for loop from 0 to a number follows`);
  }
  return unrolled;
}
