/**
 * Evaluates the rules by which options follow from sizes.
 *
 * @module
 */
import type { PresetSize, SizeRule } from "./preset.ts";

/** The sizes that rules depend on. */
export interface PresetValues extends Readonly<Record<PresetSize, number | undefined>> {
  /** The name of the preset, for errors. */
  readonly preset: string;
  readonly k?: number;
  readonly targetL0?: number;
  /** P. */
  readonly prefixCount: number;
}

/** Returns options with the values of their rules; options without a value are left out. */
export function valueOf(options: unknown, values: PresetValues): unknown {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options;
  if ("rule" in options) return ruleValue(options as SizeRule, values);
  const entries = Object.entries(options).map(([key, value]) => [key, valueOf(value, values)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function ruleValue(rule: SizeRule, values: PresetValues): number | number[] | undefined {
  const size = (of: PresetSize | number) => typeof of === "number" ? of : values[of] ?? Infinity;
  switch (rule.rule) {
    case "given":
      return values[rule.of] ?? rule.otherwise ?? missing(rule, values);
    case "bounded":
      return Math.max(
        rule.least ?? 0,
        Math.min(rule.value, Math.floor(rule.share * size(rule.of))),
      );
    case "share":
      return Math.max(1, Math.floor(rule.share * size(rule.of)));
    case "rest":
      return size(rule.of) - Math.min(rule.value, Math.floor(rule.share * size(rule.of)));
    case "root":
      return rule.factor * Math.sqrt(size(rule.over) / size(rule.under));
    case "equalShares":
      return Array.from({ length: values.prefixCount }, () => 1 / values.prefixCount);
  }
}

function missing(
  { of, optional }: SizeRule & { rule: "given" },
  { preset }: PresetValues,
): undefined {
  if (optional) return undefined;
  throw new RangeError(
    `Cannot make the options of a preset: ${of} is missing, which preset "${preset}" needs`,
  );
}
