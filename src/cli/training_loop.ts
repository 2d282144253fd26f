import type { StepMetrics, Trainer } from "../../mod.ts";
import type { Interruption } from "./interruption.ts";
import { Progress } from "./progress.ts";
import { figure } from "./table.ts";

/** Readings of the metrics in a whole run; one takes milliseconds on a GPU. */
const READINGS = 50;
/** Where the trainer reads its figures anyway. */
const TRAINER_READS_EVERY = 32;
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
  batches: AsyncIterable<Float32Array>,
  { label, steps, batchRows, interruption }: LoopOptions,
): Promise<LoopResult> {
  const history: StepMetrics[] = [];
  const interval = reportInterval(steps);
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
  const { seconds } = progress;
  return { history, seconds, rowsPerSecond: trainer.stepCount * batchRows / seconds, error };
}

// By steps and not by time: reading at other steps could change the trainer's choice of path.
function reportInterval(steps: number): number {
  const interval = Math.ceil(steps / READINGS);
  if (interval < TRAINER_READS_EVERY) return interval;
  return Math.ceil(interval / TRAINER_READS_EVERY) * TRAINER_READS_EVERY;
}

function inWords({ loss, l0, sparsityScale, perPrefix }: StepMetrics): string {
  return `loss ${figure(loss)}  L0 ${figure(l0)}  FVU ${figure(perPrefix.at(-1)!.fvu)}  ` +
    `λ ${figure(sparsityScale)}`;
}
