/** Reads the sums of a test run from what `deno test` prints, and writes the closing line. */

const CLOSING_LINE =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;
const ANSI = /\p{Cc}\[[0-9;]*m/gu;

/** The numbers of tests by their results. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/**
 * Returns the sums in the output of `deno test`, or undefined if it ended without them. Only the last match is the
 * run's own: a test may print the output of another `deno test`.
 */
export function countsOf(output: string): Counts | undefined {
  const closing = [...output.replaceAll(ANSI, "").matchAll(CLOSING_LINE)].at(-1);
  if (closing === undefined) return undefined;
  const [passed, failed, ignored] = closing.slice(1).map((digits) => Number(digits ?? 0));
  return { passed, failed, ignored };
}

/** Returns the Debian packages that ignored tests name as missing, sorted. */
export function packagesOf(output: string): string[] {
  const named = output.replaceAll(ANSI, "").matchAll(/\(ignored: [^\n]*?\(Debian: ([^)]+)\)\)/g);
  return [...new Set([...named].map(([, name]) => name))].sort();
}

/** Returns the closing line; ignored tests, if there are any, stand behind the sums with what they need. */
export function closingLine(
  { passed, failed, ignored }: Counts,
  packages: readonly string[],
): string {
  const sums = `${passed} passed, ${failed} failed`;
  if (ignored === 0) return sums;
  const needs = packages.length === 0 ? "" : `Debian packages to install: ${packages.join(", ")}; `;
  return `${sums}, ${ignored} ignored (${needs}the whole matrix: deno task test:all)`;
}
