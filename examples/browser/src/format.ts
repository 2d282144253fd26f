/** Figures in words. */

/** "97 %"; an em dash for what could not be measured. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)}\u202f%` : "—";
}

/** Three significant digits. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toPrecision(3);
}

/** "12,000". */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** "1.4 s". */
export function duration(seconds: number): string {
  return `${seconds.toFixed(1)}\u202fs`;
}
