import {
  type Backend,
  type Communicator,
  evaluate,
  evaluateShare,
  type PrefixEvaluation,
  type Sae,
} from "@matryoshka/sae";
import type { SaeShare } from "@matryoshka/sae/files";
import type { ActivationFiles, BatchOptions } from "../files/activation_files.ts";
import { Ranks } from "../ranks/ranks.ts";
import { endTogether } from "../ranks/rounds.ts";
import { countByFrequency, denseLatents } from "./latent_activity.ts";
import { counted, formatNumber, percent, smallPercent, textTable } from "../terminal/text.ts";

/** An evaluation as reports and records hold it, with a summary of the frequencies. */
export interface EvaluationReport {
  readonly rows: number;
  readonly l0: number;
  readonly deadLatents: number;
  /** The share of rows in which a latent is active: its spread over the latents. */
  readonly frequency: {
    readonly minimum: number;
    readonly lowerQuartile: number;
    readonly median: number;
    readonly upperQuartile: number;
    readonly maximum: number;
    /** Latents active in more than a tenth of the rows. */
    readonly denseLatents: number;
    /** The number of latents in each bin of log10 of the share, without dead latents. */
    readonly histogram: FrequencyHistogram;
  };
  readonly perPrefix: PrefixEvaluation[];
}

/** Counts over bins of log10 of a share of rows: bin i begins at `log10From` + i·`binWidth`, the last ends at 0. */
export interface FrequencyHistogram {
  readonly log10From: number;
  readonly binWidth: number;
  readonly counts: readonly number[];
}

/**
 * Evaluates on rows of files, and shows the progress on stderr. Ranks deal the batches in turn, and all of them get the
 * result, the same for any number of ranks. Collective.
 */
export async function evaluateFiles(
  backend: Backend,
  sae: Sae,
  files: Pick<ActivationFiles, "inOrder">,
  { prefixes, ...batches }: BatchOptions & { prefixes: readonly number[] },
  ranks: Ranks = new Ranks(),
): Promise<EvaluationReport> {
  const { parameters, activation, subtractDecoderBias, inputNormalization } = sae;
  const { communicator } = ranks;
  const share = communicator && { part: communicator.rank, parts: communicator.size };
  const options = { prefixes, activation, subtractDecoderBias, inputNormalization, communicator };
  const { frequency, ...rest } = await endTogether(
    ranks,
    () =>
      files.inOrder(
        "evaluated rows",
        { ...batches, share },
        (rows) => evaluate(backend, parameters, rows, options),
      ),
  );
  return { ...rest, frequency: frequencySummary(frequency, rest.rows) };
}

/**
 * Evaluates latents that are spread over ranks on rows of files, which all ranks read. Collective.
 *
 * @param communicator The ranks that share the latents.
 */
export async function evaluateShareOnFiles(
  backend: Backend,
  { sae, latents, latentCount }: SaeShare,
  files: Pick<ActivationFiles, "inOrder">,
  { communicator, prefixes, ...batches }: BatchOptions & {
    prefixes: readonly number[];
    communicator: Communicator;
  },
): Promise<EvaluationReport> {
  const { parameters, activation, subtractDecoderBias } = sae;
  const place = { communicator, latents, latentCount };
  const options = { prefixes, activation, subtractDecoderBias, ...place };
  const { frequency, ...rest } = await files.inOrder(
    "evaluated rows",
    batches,
    (rows) => evaluateShare(backend, parameters, rows, options),
  );
  return { ...rest, frequency: frequencySummary(frequency, rest.rows) };
}

/** Summarizes the share of rows in which each latent is active. */
export function frequencySummary(
  frequency: Float64Array,
  rows: number,
): EvaluationReport["frequency"] {
  const sorted = frequency.toSorted();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return {
    minimum: quantile(0),
    lowerQuartile: quantile(0.25),
    median: quantile(0.5),
    upperQuartile: quantile(0.75),
    maximum: quantile(1),
    denseLatents: denseLatents(frequency),
    histogram: histogram(frequency, rows),
  };
}

/** Counts latents in four bins per decade, from the bin that holds 1/rows, the least share above 0. */
function histogram(frequency: Float64Array, rows: number): FrequencyHistogram {
  const binWidth = 0.25;
  const { edges, counts } = countByFrequency(frequency, binWidth, 1 / rows);
  return { log10From: edges[0], binWidth, counts };
}

/**
 * Chooses the prefixes to evaluate: those of training, or N, N/2, N/4 …, as many as were drawn at each step, at most
 * six. If the prefixes are not known, that is N alone.
 */
export function evaluationPrefixes(
  trained: readonly number[] | number = 1,
  latentCount: number,
): readonly number[] {
  if (typeof trained !== "number") return trained;
  const prefixes = [];
  for (let p = latentCount; p >= 1 && prefixes.length < Math.min(trained, 6); p >>= 1) {
    prefixes.unshift(p);
  }
  return prefixes;
}

/** Writes an evaluation as text. */
export function evaluationText(report: EvaluationReport, latentCount: number): string {
  const { rows, deadLatents, frequency: f, perPrefix } = report;
  const table = textTable(
    ["prefix", "FVU", "explained variance", "L0"],
    perPrefix.map(({ prefix, fvu, explainedVariance, l0 }) => [
      `${prefix}`,
      formatNumber(fvu),
      percent(explainedVariance),
      formatNumber(l0),
    ]),
  );
  const quartiles = [f.minimum, f.lowerQuartile, f.median, f.upperQuartile, f.maximum];
  return `${table}\n${
    counted(rows, "row")
  }; ${deadLatents} of ${latentCount} latents dead (active in no row), ` +
    `${f.denseLatents} active in more than 10 % of the rows\n` +
    `share of rows in which a latent is active: minimum, quartiles and maximum ` +
    quartiles.map(smallPercent).join(", ");
}
