/**
 * What the recipes of several libraries have in common.
 *
 * @module
 */
import type { PresetRecord, SizeRule } from "./preset.ts";

/** Adam and the error of all libraries but the author's, unless a recipe says otherwise. */
export const ADAM: PresetRecord = {
  inputScaling: "none",
  beta1: 0.9,
  beta2: 0.999,
  adamEpsilon: 1e-8,
  clipNorm: 1,
  squaredError: "sum",
  penalty: { kind: "none" },
};

/** 1,000 steps, but no more than a fifth of a run: a longer warm-up would leave short runs untrained. */
export const SHORT_WARMUP: SizeRule = { rule: "bounded", value: 1000, share: 0.2, of: "steps" };

/** Ten million rows, but no more than a fifth of a run's: in shorter runs no latent would ever be dead. */
export const DEAD_ROWS: SizeRule = {
  rule: "bounded",
  value: 10_000_000,
  share: 0.2,
  of: "trainedRows",
  least: 1,
};

/** The prefixes of the example of bartbussmann/matryoshka_sae; the other libraries leave them to the caller. */
export const NESTED: readonly number[] = [0.0625, 0.125, 0.25, 0.5, 1];
