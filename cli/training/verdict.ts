/**
 * Judges a finished run by its metrics: whether L0 reached its target, and whether the run collapsed or diverged.
 *
 * @module
 */
import type { OptionsRecord, StepMetrics } from "@matryoshka/sae";
import { formatNumber } from "../terminal/text.ts";
import { type CauseFacts, causeOf } from "./likely_cause.ts";

/** What is known of a run that has ended. */
export interface RunFacts extends CauseFacts {
  /** The metrics that were read, oldest first; at least one. */
  readonly metrics: readonly StepMetrics[];
  readonly latentCount: number;
  readonly batchRows: number;
  /** Silent steps after which a latent counts as dead. */
  readonly deadAfter: number;
  /** The median norm of a decoder direction, as a share of the mean norm of an input. */
  readonly decoderNorm: number;
  /** Whether a loss or gradient that is not finite ended the run. */
  readonly notFinite: boolean;
}

/** Something that the user of a run should know. `run.json` holds it. */
export interface RunWarning {
  readonly kind: "missed target" | "collapsed" | "diverged";
  readonly message: string;
}

/** The share of the run, at its end, over which metrics are averaged: one batch alone is noisy. */
const TAIL_SHARE = 0.1;
/** The share of the target by which L0 may miss it. At the default rate of λ, runs end within 2 % of it. */
const L0_TOLERANCE = 0.1;
/**
 * A mean L0 below one half leaves at least half of the rows without an active latent, and their reconstruction is the
 * same for all.
 */
const LEAST_L0 = 0.5;
/**
 * A run has lost what it had learned if an earlier part left less than half as much unexplained with no more latents.
 * From batch to batch the FVU of a settled run varies by a tenth or two.
 */
const LOST_SHARE = 2;
/**
 * Without active latents x̂ is c, and the FVU is 1 + ‖c − μ‖²/σ², where μ is the mean of the inputs and σ² their
 * variance. From 2 on, c is farther from μ than an input is: it has diverged, and the empty code does not explain that.
 */
const EMPTY_FVU = 2;
/**
 * The variance that a batch of equal rows has in float32: the mean of n rows is off by √n roundings, 2⁻¹⁸ of its norm
 * at n = 4096, and an untrained SAE leaves about the squared norm unexplained, 2³⁶ ≈ 7e10 times as much. No precision
 * of stored activations but float32 itself holds rows so alike that their FVU begins at this.
 */
const EQUAL_ROWS_FVU = 1e9;
/** Latents that fire as often as the average are silent that long with a probability of e⁻¹⁰. */
const EXPECTED_ACTIVATIONS = 10;
/** Returns what is wrong with a run, the worst first; nothing if it went well. */
export function judgeRun(facts: RunFacts): RunWarning[] {
  if (hasEqualRows(facts)) {
    const message = "The rows are all the same: there is nothing to learn";
    return [{ kind: "collapsed", message }];
  }
  const tail = tailOf(facts.metrics);
  const failure = failureOf(facts, tail);
  const miss = missedTarget(facts, tail);
  // A failed run has better advice already than one that has merely missed its target.
  const remedy = failure ? "" : ": more --steps or another --sparsity-rate may reach it";
  return [
    ...failure ? [failure] : [],
    ...miss === undefined ? [] : [{ kind: "missed target", message: miss + remedy } as const],
  ];
}

function failureOf(facts: RunFacts, tail: readonly StepMetrics[]): RunWarning | undefined {
  const empty = facts.notFinite ? undefined : emptiness(facts, tail);
  const collapsed = (reason: string) => {
    const message = `The run collapsed: ${reason}. ${causeOf(facts)}`;
    return { kind: "collapsed", message } as const;
  };
  // First, for an empty code can end a little above the FVU of the mean input.
  if (empty && median(tail.map(fvuOf)) < EMPTY_FVU) return collapsed(empty);
  const reason = divergence(facts, tail);
  if (reason) {
    return { kind: "diverged", message: `The run diverged: ${reason}. ${causeOf(facts)}` };
  }
  const loss = empty ?? deadness(facts, tail);
  return loss === undefined ? undefined : collapsed(loss);
}

/** Returns whether the batches have no variance, or only that of roundings, from the first tenth of the run on. */
function hasEqualRows({ metrics, batchRows }: RunFacts): boolean {
  const head = metrics.slice(0, Math.ceil(TAIL_SHARE * metrics.length));
  // The batches of a single row have no variance, either. One batch of many may have none by chance.
  return batchRows > 1 &&
    head.every((each) =>
      hasNoVariance(each) || Number.isFinite(fvuOf(each)) && fvuOf(each) > EQUAL_ROWS_FVU
    );
}

/** Returns whether it is for want of variance, and not because of its error, that a batch has no finite FVU. */
export function hasNoVariance({ perPrefix }: StepMetrics): boolean {
  return perPrefix.every(({ fvu, squaredError }) =>
    Number.isFinite(squaredError) && !Number.isFinite(fvu)
  );
}

/** Returns whether the result of a run with these warnings is of no use. */
export function hasFailed(warnings: readonly RunWarning[]): boolean {
  return warnings.some(({ kind }) => kind !== "missed target");
}

/** Returns whether an error says that a loss or gradient was infinite or NaN. */
export function isNotFinite(error: unknown): boolean {
  // The trainer's own words; errors in the data have others.
  return error instanceof RangeError &&
    /^Cannot continue training: the loss or gradient of step \d+ is not finite/.test(error.message);
}

/** Says how many latents are dead, or why that is not known. */
export function deadText(last: StepMetrics, latentCount: number, deadAfter: number): string {
  if (last.step >= deadAfter) return `${last.deadLatents} of ${latentCount} latents dead`;
  return `dead latents unknown (--dead-after is ${deadAfter} steps, the run took ${last.step})`;
}

/** Returns the silent steps after which a latent is dead, from settings that may count rows. */
export function deadAfterSteps(settings: OptionsRecord, batch: number): number {
  const { deadAfter, deadAfterRows } = settings;
  return deadAfterRows === undefined ? Number(deadAfter) : Math.ceil(Number(deadAfterRows) / batch);
}

/** Returns the metrics of the last tenth of the steps. */
function tailOf(metrics: readonly StepMetrics[]): readonly StepMetrics[] {
  const from = (1 - TAIL_SHARE) * metrics.at(-1)!.step;
  return metrics.filter(({ step }) => step > from);
}

function divergence(facts: RunFacts, tail: readonly StepMetrics[]): string | undefined {
  const { metrics, notFinite, decoderNorm } = facts;
  if (notFinite) return "its loss or gradient became infinite or NaN";
  const fvu = median(tail.map(fvuOf)), first = fvuOf(metrics[0]);
  // An untrained SAE may begin above 1, where the inputs have a large mean.
  if (fvu > 1 && fvu > first) {
    return `FVU went from ${formatNumber(first)} to ${
      formatNumber(fvu)
    }; 1 is what the mean input gives`;
  }
  const better = betterPart(metrics, tail);
  if (better) {
    return `FVU rose from ${formatNumber(better.fvu)} around step ${better.step} to ${
      formatNumber(fvu)
    }, with no fewer active latents`;
  }
  // About a tenth in healthy runs. From 1 on, an activation of 1 overshoots a whole input.
  if (decoderNorm > 1) {
    return `half of the decoder directions are at least ${
      formatNumber(decoderNorm)
    } times as long as an input`;
  }
}

/** Returns an earlier part of the run that was clearly better at no higher L0, if there is one. */
function betterPart(
  metrics: readonly StepMetrics[],
  tail: readonly StepMetrics[],
): { step: number; fvu: number } | undefined {
  const size = tail.length;
  // With fewer readings a median is a single batch.
  if (size < 3) return undefined;
  const l0 = median(tail.map((each) => each.l0)), fvu = median(tail.map(fvuOf));
  for (let to = size; to <= metrics.length - size; to += size) {
    const part = metrics.slice(to - size, to);
    const partFvu = median(part.map(fvuOf));
    const sparse = median(part.map((each) => each.l0)) <= (1 + L0_TOLERANCE) * l0;
    if (sparse && fvu > LOST_SHARE * partFvu) {
      return { step: part[size >> 1].step, fvu: partFvu };
    }
  }
}

/** Says how few latents are active if most rows have none. */
function emptiness({ targetL0 = 1 }: RunFacts, tail: readonly StepMetrics[]): string | undefined {
  const l0 = mean(tail.map((each) => each.l0));
  if (l0 < LEAST_L0 * Math.min(1, targetL0)) {
    return `a row has ${formatNumber(l0)} active latents on average`;
  }
}

/** Says how many latents are dead if most are. */
function deadness(facts: RunFacts, tail: readonly StepMetrics[]): string | undefined {
  const { latentCount, batchRows, deadAfter } = facts;
  const l0 = mean(tail.map((each) => each.l0));
  const last = tail.at(-1)!;
  const expected = deadAfter * batchRows * l0 / latentCount;
  const known = last.step >= deadAfter && expected >= EXPECTED_ACTIVATIONS;
  if (known && last.deadLatents > latentCount / 2) {
    return `${last.deadLatents} of ${latentCount} latents were silent for ${deadAfter} steps`;
  }
}

function missedTarget({ targetL0 }: RunFacts, tail: readonly StepMetrics[]): string | undefined {
  if (targetL0 === undefined) return undefined;
  const l0 = mean(tail.map((each) => each.l0));
  const miss = Math.abs(l0 - targetL0);
  // Not a quotient: the target may be 0.
  if (miss <= L0_TOLERANCE * targetL0) return undefined;
  const side = l0 > targetL0 ? "above" : "below";
  const share = targetL0 > 0 ? `${Math.round(100 * miss / targetL0)} % ` : "";
  return `L0 ended at ${formatNumber(l0)}, ${share}${side} the target of ${targetL0} ` +
    `(mean over the last tenth of the steps)`;
}

const fvuOf = ({ perPrefix }: StepMetrics): number => perPrefix.at(-1)!.fvu;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Returns the median; NaN, like the FVU of one row, if a value is. */
function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return NaN;
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
