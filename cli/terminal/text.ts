/** Aligns rows of text in columns: the first column to the left, the others, which hold numbers, to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) =>
    Math.max(title.length, ...rows.map((row) => row[c].length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, c) => c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])).join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)]
    .join("\n");
}

/** Writes a count with its noun: "1 row", "2 rows". */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Writes a count in a sentence: "there is 1 row", "there are 2 rows". */
export const thereAre = (count: number, noun: string): string =>
  `there ${count === 1 ? "is" : "are"} ${counted(count, noun)}`;

/** Writes a share as a percentage. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Writes a share as a percentage, a small one with enough digits not to look like 0. */
export const smallPercent = (share: number): string =>
  share === 0 || share >= 0.001 ? percent(share) : `${Number((100 * share).toPrecision(1))} %`;

/** Writes a number with four significant digits, and with an exponent only if it is very large or small. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  return size >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(4);
}

/** Writes seconds as a duration: "48 s", "12 min 5 s", "3 h 20 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}
