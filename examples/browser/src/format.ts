/** Formats numbers for the page. */

/** Returns a share as "97 %", or an em dash if it is not a number. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)}\u202f%` : "—";
}

/** Returns a number with three significant digits, or an em dash if there is none. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toPrecision(3);
}

/** Returns a count as "12,000". */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** Returns a duration as "1.4 s". */
export function duration(seconds: number): string {
  return `${seconds.toFixed(1)}\u202fs`;
}
