import { type Batch, RowError, type StepMetrics, type Trainer } from "@matryoshka/sae";
import { Ranks } from "../ranks/ranks.ts";
import { Progress } from "../terminal/progress.ts";
import { type StopSignal, yieldToEvents } from "../terminal/stop_signal.ts";
import { formatNumber } from "../terminal/text.ts";
import type { RecordedMetrics } from "./recorded_metrics.ts";
import type { ReferencePrefixReader } from "./reference_prefixes.ts";
import { hasNoVariance, isNotFinite } from "./verdict.ts";

/** How often the metrics are read in a whole run; reading them takes milliseconds on a GPU. */
const METRICS_COUNT = 50;
/** How long the loop may keep timers and signals waiting: some backends compute inside `step`. */
const EVENTS_EVERY_MS = 20;

/** Shows how far a run is, and measures its time. */
export type StepProgress = Disposable & Pick<Progress, "advance" | "seconds">;

/** Options of {@linkcode trainingLoop}. */
export interface LoopOptions {
  readonly label: string;
  readonly steps: number;
  readonly batchRows: number;
  readonly stop?: Pick<StopSignal, "requested">;
  /** The ranks that train together: they stop after the same step. By default this process trains alone. */
  readonly ranks?: Ranks;
  /** The metrics of a run that is resumed. */
  readonly metrics?: readonly RecordedMetrics[];
  /** Measures the reference prefixes on the batch of a step whose metrics are read. By default they are not measured. */
  readonly readPrefixes?: ReferencePrefixReader;
  /** Shows the progress. By default a bar or lines on stderr do. */
  readonly progress?: StepProgress;
  /** Called after each step, with the metrics read so far. */
  readonly afterStep?: (step: number, metrics: readonly RecordedMetrics[]) => Promise<void>;
}

/** The result of {@linkcode trainingLoop}. */
export interface LoopResult {
  /** Metrics of the first step, of the last, and of steps at equal intervals between them. */
  readonly metrics: RecordedMetrics[];
  /** The same without those of a step that was the last only because the run was interrupted. */
  readonly plannedMetrics: RecordedMetrics[];
  /** Seconds that this part of the run took. */
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** The error that ended the run early; it may concern the data. */
  readonly error?: unknown;
}

/** Trains on `batches` until the last step, a stop signal or an error, and shows the progress. */
export async function trainingLoop(
  trainer: Trainer,
  batches: AsyncIterable<Batch>,
  options: LoopOptions,
): Promise<LoopResult> {
  const { label, steps, batchRows, stop, ranks = new Ranks(), readPrefixes, afterStep } = options;
  const { metrics: earlier = [] } = options;
  const metrics = [...earlier];
  const firstStep = trainer.stepCount;
  // By steps and not by time, so that a repeated run has the same record to the last line.
  const interval = Math.ceil(steps / METRICS_COUNT);
  const isPlanned = (step: number) => step === 1 || step % interval === 0 || step === steps;
  /** Reads the metrics of the current step, unless they have been read. Prefixes are measured on its batch. */
  const readMetrics = async (batch?: Batch) => {
    if (metrics.at(-1)?.step !== trainer.stepCount) {
      const read = await trainer.metrics();
      const referencePrefixes = batch && await readPrefixes?.(batch);
      metrics.push({ ...read, ...(referencePrefixes && { referencePrefixes }) });
    }
    return metrics.at(-1)!;
  };
  const { progress = new Progress(label, steps, batchRows, firstStep) } = options;
  let error: unknown;
  let lastPause = performance.now();
  const source = batches[Symbol.asyncIterator]();
  try {
    // A batch is drawn only to be trained on: the position in the data is part of a checkpoint.
    while (trainer.stepCount < steps && !await ranks.any(stop?.requested ?? false)) {
      const { value: batch, done } = await ranks.together(() => source.next());
      if (done) break;
      await trainer.step(batch);
      const step = trainer.stepCount;
      progress.advance(step, isPlanned(step) ? metricsText(await readMetrics(batch)) : undefined);
      await afterStep?.(step, metrics);
      if (performance.now() - lastPause < EVENTS_EVERY_MS) continue;
      await yieldToEvents();
      lastPause = performance.now();
    }
    if (trainer.stepCount > 0) await readMetrics();
  } catch (caught) {
    // All ranks have the same batch and the same metrics.
    if (caught instanceof RowError || isNotFinite(caught)) ranks.noteCommon(caught);
    // Others may wait for this rank in the middle of a step.
    if (!ranks.isCommon(caught)) throw caught;
    error = caught;
    // After an error in the data, the metrics can still be read.
    if (trainer.stepCount > 0) await readMetrics().catch(() => {});
  } finally {
    progress[Symbol.dispose]();
    await source.return?.();
  }
  warnOfMissingFvu(metrics);
  const { seconds } = progress;
  const rows = (trainer.stepCount - firstStep) * batchRows;
  // An earlier part was planned with its own steps if the run has been extended.
  const plannedMetrics = metrics.filter(({ step }) => step <= firstStep || isPlanned(step));
  return { metrics, plannedMetrics, seconds, rowsPerSecond: rows / seconds, error };
}

function warnOfMissingFvu(metrics: readonly StepMetrics[]): void {
  if (metrics.length === 0 || !hasNoVariance(metrics[0])) return;
  console.error(
    "Note: a batch of one row, or of rows that are all the same, has no FVU. It is null in JSON.",
  );
}

function metricsText({ loss, l0, sparsityScale, perPrefix }: StepMetrics): string {
  const { fvu } = perPrefix.at(-1)!;
  return `loss ${formatNumber(loss)}  L0 ${formatNumber(l0)}  FVU ${formatNumber(fvu)}  ` +
    `λ ${formatNumber(sparsityScale)}`;
}
