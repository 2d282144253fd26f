/** Writes results as JSON. */

/** Returns JSON with fractions rounded to six digits: timers and rates know no more. */
export function resultsText(results: unknown): string {
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  return JSON.stringify(results, rounded, 1) + "\n";
}

/** Writes a file of results. */
export async function writeResults(path: string, results: unknown): Promise<void> {
  await Deno.writeTextFile(path, resultsText(results));
}
