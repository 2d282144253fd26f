import type { Batch, StepMetrics, Trainer } from "../../mod.ts";
import type { Interruption } from "./interruption.ts";
import { Progress } from "./progress.ts";
import { figure } from "./table.ts";

/** Readings of the metrics in a whole run; one takes milliseconds on a GPU. */
const READINGS = 50;
/** How long the loop may keep timers and signals waiting: some backends compute inside `step`. */
const EVENTS_EVERY_MS = 20;

/** What to train with. */
export interface LoopOptions {
  readonly label: string;
  readonly steps: number;
  readonly batchRows: number;
  readonly interruption?: Interruption;
}

/** What came of it. */
export interface LoopResult {
  /** Figures of the first step, the last, and some between. */
  readonly history: StepMetrics[];
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** What ended it early: an error, which may be one of the data. */
  readonly error?: unknown;
}

/** Trains on `batches` to the last step, an interruption or an error, and reports on the way. */
export async function trainingLoop(
  trainer: Trainer,
  batches: AsyncIterable<Batch>,
  { label, steps, batchRows, interruption }: LoopOptions,
): Promise<LoopResult> {
  const history: StepMetrics[] = [];
  // By steps and not by time, so that a run repeats itself to the last line of its record.
  const interval = Math.ceil(steps / READINGS);
  using progress = new Progress(label, steps, batchRows);
  let error: unknown, breath = performance.now();
  // The figures of the last step, kept once.
  const read = async () => {
    if (history.at(-1)?.step !== trainer.stepCount) history.push(await trainer.metrics());
    return history.at(-1)!;
  };
  try {
    for await (const batch of batches) {
      if (interruption?.requested) break;
      await trainer.step(batch);
      const step = trainer.stepCount;
      const due = step === 1 || step % interval === 0 || step === steps;
      progress.advance(step, due ? inWords(await read()) : undefined);
      if (step === steps) break;
      if (performance.now() - breath < EVENTS_EVERY_MS) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      breath = performance.now();
    }
    if (trainer.stepCount > 0) await read();
  } catch (caught) {
    error = caught;
    // Where the data is at fault, the figures are still to be had.
    if (trainer.stepCount > 0) await read().catch(() => {});
  }
  if (history.some(({ perPrefix }) => perPrefix.some(({ fvu }) => !Number.isFinite(fvu)))) {
    console.error(
      "Note: a batch of one row, or of rows that are all the same, has no FVU. It is null in JSON.",
    );
  }
  const { seconds } = progress;
  return { history, seconds, rowsPerSecond: trainer.stepCount * batchRows / seconds, error };
}

function inWords({ loss, l0, sparsityScale, perPrefix }: StepMetrics): string {
  return `loss ${figure(loss)}  L0 ${figure(l0)}  FVU ${figure(perPrefix.at(-1)!.fvu)}  ` +
    `λ ${figure(sparsityScale)}`;
}
