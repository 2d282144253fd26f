/**
 * Saves the checkpoints of `train`, and finds the one that `--resume` continues from.
 *
 * @module
 */
import type {
  Backend,
  BatchKinds,
  ShuffledActivations,
  StepMetrics,
  Trainer,
} from "@matryoshka/sae";
import {
  type CheckpointFolder,
  findCheckpoint,
  type FoundCheckpoint,
} from "../files/checkpoint_folder.ts";
import { describeError, UsageError } from "../terminal/failure.ts";
import { CREATED_BY } from "../version.ts";

/** What is known of the earlier parts of a run. */
export interface EarlierParts {
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Steps after which the run was resumed. */
  readonly resumedAfter: readonly number[];
}

/** The record in a checkpoint, beside the states of the trainer and the data. */
interface CheckpointRecord extends EarlierParts {
  /** Metrics of the planned steps so far. */
  readonly history: readonly StepMetrics[];
}

/** A run to continue. */
export interface ResumedRun extends FoundCheckpoint, EarlierParts {
  /** Metrics of the planned steps so far. */
  readonly metrics: readonly StepMetrics[];
}

/** Options of {@linkcode RunCheckpoints}. */
export interface RunCheckpointOptions {
  /** Steps between checkpoints; 0 saves none on the way. */
  readonly every: number;
  readonly earlier: EarlierParts;
}

/** Saves checkpoints of a trainer and its position in the data. */
export class RunCheckpoints {
  readonly #folder: CheckpointFolder;
  readonly #every: number;
  readonly #start = performance.now();
  readonly #earlier: EarlierParts;

  constructor(
    folder: CheckpointFolder,
    readonly trainer: Trainer,
    readonly batches: ShuffledActivations<keyof BatchKinds>,
    { every, earlier }: RunCheckpointOptions,
  ) {
    this.#folder = folder;
    this.#every = every;
    this.#earlier = earlier;
  }

  /** Saves a checkpoint if one is due. Failing to write it is only a warning: the run goes on. */
  async afterStep(step: number, metrics: readonly StepMetrics[]): Promise<void> {
    if (this.#every === 0 || step % this.#every > 0) return;
    const checkpoint = await this.#make(metrics);
    try {
      await this.#folder.save(checkpoint);
    } catch (error) {
      console.error(
        `${describeError(error)}\nTraining goes on; earlier checkpoints are as they were.`,
      );
    }
  }

  /** Saves a checkpoint, and returns its path. */
  async save(metrics: readonly StepMetrics[]): Promise<string> {
    return await this.#folder.save(await this.#make(metrics));
  }

  async #make(metrics: readonly StepMetrics[]) {
    const { resumedAfter } = this.#earlier;
    const seconds = this.#earlier.seconds + (performance.now() - this.#start) / 1000;
    const record: CheckpointRecord = { seconds, resumedAfter, history: metrics };
    return {
      trainer: await this.trainer.state(),
      shuffle: this.batches.state(),
      record: nonFiniteToText(record),
      createdBy: CREATED_BY,
    };
  }
}

/**
 * Finds the run to continue, and checks the part of its checkpoint that the command line reads.
 *
 * @param path A checkpoint, or the folder of a run.
 */
export async function findRun(path: string): Promise<ResumedRun> {
  const found = await findCheckpoint(path);
  const { record, shuffle, trainer } = found.checkpoint;
  const task = `resume ${found.path}`;
  if (shuffle === undefined) {
    throw new UsageError(`Cannot ${task}: it does not hold the position in the data`);
  }
  const { history, seconds, resumedAfter } = (textToNonFinite(record ?? null) ?? {}) as Partial<
    CheckpointRecord
  >;
  const good = Array.isArray(history) && history.every(isMetrics) &&
    Array.isArray(resumedAfter) && resumedAfter.every(Number.isSafeInteger) &&
    typeof seconds === "number";
  if (!good) throw new TypeError(`Cannot ${task}: its record is not the record of a run`);
  return {
    ...found,
    metrics: history,
    seconds,
    resumedAfter: [...resumedAfter, trainer.step],
  };
}

/** Returns whether a value from a file has the metrics that the command line reads. */
function isMetrics(value: unknown): boolean {
  const { step, loss, l0, perPrefix } = (value ?? {}) as Partial<StepMetrics>;
  return Number.isSafeInteger(step) && typeof loss === "number" && typeof l0 === "number" &&
    Array.isArray(perPrefix) && perPrefix.length > 0 &&
    perPrefix.every((prefix) => typeof prefix?.fvu === "number");
}

/** Prints where the run continues, and whether its results stay the same bit for bit. */
export function printResumed(
  { path, checkpoint: { trainer } }: ResumedRun,
  backend: Backend,
): void {
  console.error(`Resuming after step ${trainer.step}, from ${path}`);
  const { name, description } = trainer.backend;
  if (name === backend.name && description === backend.description) return;
  console.error(
    `Note: the run began on ${name} (${description}) and continues on ${backend.name} ` +
      `(${backend.description}): results may differ in their last bits.`,
  );
}

// JSON has no NaN, such as the FVU of one row, and no infinities.
const NON_FINITE = ["NaN", "Infinity", "-Infinity"];

function nonFiniteToText(value: object): unknown {
  return JSON.parse(JSON.stringify(
    value,
    (_, each) => typeof each === "number" && !Number.isFinite(each) ? `${each}` : each,
  ));
}

function textToNonFinite(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value),
    (_, each) => typeof each === "string" && NON_FINITE.includes(each) ? Number(each) : each,
  );
}
