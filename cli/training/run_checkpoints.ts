/**
 * What `train` saves for `--resume`, and how it goes on with it.
 *
 * @module
 */
import type { Backend, BatchKinds, ShuffledActivations, StepMetrics, Trainer } from "../../mod.ts";
import { checkObject } from "../../src/base/checks.ts";
import {
  type CheckpointFolder,
  findCheckpoint,
  type FoundCheckpoint,
} from "./checkpoint_folder.ts";
import { describeError, UsageError } from "../terminal/failure.ts";
import { CREATED_BY } from "../version.ts";

/** What a checkpoint of `train` holds beside the states. */
interface RunRecord {
  /** Figures of the planned steps so far. */
  readonly history: readonly StepMetrics[];
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Steps after which the run was resumed. */
  readonly resumedAfter: readonly number[];
}

/** A run to go on with. */
export interface ResumedRun extends FoundCheckpoint, RunRecord {}

/** The folder, the trainer and the data of a run, which make its checkpoints. */
export class RunCheckpoints {
  readonly #folder: CheckpointFolder;
  readonly #every: number;
  readonly #start = performance.now();
  readonly #before: Omit<RunRecord, "history">;

  constructor(
    folder: CheckpointFolder,
    readonly trainer: Trainer,
    readonly batches: ShuffledActivations<keyof BatchKinds>,
    { every, before }: { every: number; before: Omit<RunRecord, "history"> },
  ) {
    this.#folder = folder;
    this.#every = every;
    this.#before = before;
  }

  /** Saves one if it is due. That it cannot be written is no reason to lose the run. */
  async afterStep(step: number, history: readonly StepMetrics[]): Promise<void> {
    if (this.#every === 0 || step % this.#every > 0) return;
    const checkpoint = await this.#make(history);
    try {
      await this.#folder.save(checkpoint);
    } catch (error) {
      console.error(
        `${describeError(error)}\nTraining goes on; earlier checkpoints are as they were.`,
      );
    }
  }

  /** Saves one, and gives its path. */
  async save(history: readonly StepMetrics[]): Promise<string> {
    return await this.#folder.save(await this.#make(history));
  }

  async #make(history: readonly StepMetrics[]) {
    const seconds = this.#before.seconds + (performance.now() - this.#start) / 1000;
    const record: RunRecord = { ...this.#before, seconds, history };
    return {
      trainer: await this.trainer.state(),
      shuffle: this.batches.state(),
      record: withText(record),
      createdBy: CREATED_BY,
    };
  }
}

/** The run to resume, as far as it is known before its data is. */
export async function findRun(path: string): Promise<ResumedRun> {
  const found = await findCheckpoint(path);
  const { record, shuffle } = found.checkpoint;
  const task = `resume ${found.path}`;
  if (shuffle === undefined) {
    throw new UsageError(`Cannot ${task}: it does not say where its data is`);
  }
  checkObject(record, "its record", task);
  const { history, seconds, resumedAfter } = withNumbers(record) as RunRecord;
  const good = Array.isArray(history) && history.every(isReading) &&
    Array.isArray(resumedAfter) && resumedAfter.every(Number.isSafeInteger) &&
    typeof seconds === "number";
  if (!good) {
    throw new TypeError(`Cannot ${task}: its record is not that of a run`);
  }
  const { step } = found.checkpoint.trainer;
  return { ...found, history, seconds, resumedAfter: [...resumedAfter, step] };
}

/** Whether a value from a file has the figures that the command line looks at. */
function isReading(value: unknown): boolean {
  const { step, loss, l0, perPrefix } = (value ?? {}) as Partial<StepMetrics>;
  return Number.isSafeInteger(step) && typeof loss === "number" && typeof l0 === "number" &&
    Array.isArray(perPrefix) && perPrefix.length > 0 &&
    perPrefix.every((prefix) => typeof prefix?.fvu === "number");
}

/** Says where the run goes on, and whether that is bit for bit. */
export function tellResumed({ path, checkpoint: { trainer } }: ResumedRun, backend: Backend): void {
  console.error(`Resuming after step ${trainer.step}, from ${path}`);
  const { name, description } = trainer.backend;
  if (name === backend.name && description === backend.description) return;
  console.error(
    `Note: it was computed on ${name} (${description}) and goes on on ${backend.name} ` +
      `(${backend.description}): results may differ in their last bits.`,
  );
}

// JSON has no numbers that are not finite, such as the FVU of one row.
const TEXTS = ["NaN", "Infinity", "-Infinity"];

function withText(value: object): unknown {
  return JSON.parse(JSON.stringify(
    value,
    (_, each) => typeof each === "number" && !Number.isFinite(each) ? `${each}` : each,
  ));
}

function withNumbers(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value),
    (_, each) => typeof each === "string" && TEXTS.includes(each) ? Number(each) : each,
  );
}
