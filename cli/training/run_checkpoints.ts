/**
 * Saves the checkpoints of `train`, and finds the one that `--resume` continues from.
 *
 * @module
 */
import type { BatchKinds, Range, ShuffledActivations, StepMetrics, Trainer } from "@matryoshka/sae";
import {
  type CheckpointFolder,
  findCheckpoint,
  type FoundCheckpoint,
} from "../files/checkpoint_folder.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { describeError, UsageError } from "../terminal/failure.ts";
import { CREATED_BY } from "../version.ts";
import type { OriginArguments } from "../sae/origin_options.ts";
import { checkStart, type InitialSae } from "./initial_sae.ts";
import type { RecordedMetrics } from "./recorded_metrics.ts";

/** What is known of the earlier parts of a run. */
export interface EarlierParts {
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Steps after which the run was resumed. */
  readonly resumedAfter: readonly number[];
}

/** What a run came from. */
export interface RunOrigin extends OriginArguments {
  /** The fingerprint of the autoencoder that the run began with, if it did not begin with random parameters. */
  readonly startedFrom?: string;
}

/** The record in a checkpoint, beside the states of the trainer and the data. */
interface CheckpointRecord extends EarlierParts, RunOrigin {
  /** Metrics of the planned steps so far. */
  readonly history: readonly RecordedMetrics[];
}

/** A run to continue. */
export interface ResumedRun extends FoundCheckpoint, EarlierParts, OriginArguments {
  /** Metrics of the planned steps so far. */
  readonly metrics: readonly RecordedMetrics[];
}

/** Options of {@linkcode RunCheckpoints}. */
export interface RunCheckpointOptions {
  /** The ranks that train together. */
  readonly ranks: Ranks;
  /** Steps between checkpoints; 0 saves none on the way, and none at the end. */
  readonly every: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly earlier: EarlierParts;
  readonly origin: RunOrigin;
}

/** Saves checkpoints of a trainer and its position in the data. */
export class RunCheckpoints {
  readonly #folder: CheckpointFolder;
  readonly #options: RunCheckpointOptions;
  readonly #start = performance.now();

  constructor(
    folder: CheckpointFolder,
    readonly trainer: Trainer,
    readonly batches: ShuffledActivations<keyof BatchKinds>,
    options: RunCheckpointOptions,
  ) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Saves a checkpoint if one is due; after the last step it is, so that the run can be extended. Failing to write it
   * is only a warning: the run goes on.
   */
  async afterStep(step: number, metrics: readonly RecordedMetrics[]): Promise<void> {
    const { every, steps } = this.#options;
    if (every === 0 || step % every > 0 && step < steps) return;
    const checkpoint = await this.#make(metrics);
    try {
      await this.#folder.save(checkpoint);
    } catch (error) {
      if (!this.#options.ranks.isCommon(error)) throw error;
      console.error(
        `${describeError(error)}\nTraining goes on; earlier checkpoints are as they were.`,
      );
    }
  }

  /** Saves a checkpoint, and returns its path. */
  async save(metrics: readonly RecordedMetrics[]): Promise<string> {
    return await this.#folder.save(await this.#make(metrics));
  }

  /** Makes this rank's part; undefined if a rank of the first replica has the same. */
  #make(metrics: readonly RecordedMetrics[]) {
    return this.#options.ranks.together(async () => {
      const checkpoint = await this.#part(metrics);
      return this.trainer.replica === 0 ? checkpoint : undefined;
    });
  }

  async #part(metrics: readonly RecordedMetrics[]) {
    const { earlier, origin } = this.#options;
    const seconds = earlier.seconds + (performance.now() - this.#start) / 1000;
    const { resumedAfter } = earlier;
    const record: CheckpointRecord = { ...origin, seconds, resumedAfter, history: metrics };
    return {
      trainer: await this.trainer.state(),
      shuffle: this.batches.state(),
      record: nonFiniteToText(record),
      createdBy: CREATED_BY,
    };
  }
}

/** Options of {@linkcode findRun}. */
export interface FindRunOptions {
  /** The autoencoder of `--init`; it must be the one that the run began with. */
  readonly init?: InitialSae;
  /** The ranks that continue the run together. */
  readonly ranks?: Ranks;
  /** The latents of this rank. By default all. */
  readonly latents?: Range;
}

/**
 * Finds the run to continue, and checks the part of its checkpoint that the command line reads.
 *
 * @param path A checkpoint, or the folder of a run.
 */
export async function findRun(
  path: string,
  { init, ranks, latents }: FindRunOptions = {},
): Promise<ResumedRun> {
  const found = await findCheckpoint(path, ranks, latents);
  const { record, shuffle, trainer } = found.checkpoint;
  const task = `resume ${found.path}`;
  if (shuffle === undefined) {
    throw new UsageError(`Cannot ${task}: it does not hold the position in the data`);
  }
  const known = (textToNonFinite(record ?? null) ?? {}) as Partial<CheckpointRecord>;
  const { history, seconds, resumedAfter, startedFrom, model, hook } = known;
  const good = Array.isArray(history) && history.every(isMetrics) &&
    Array.isArray(resumedAfter) && resumedAfter.every(Number.isSafeInteger) &&
    typeof seconds === "number" &&
    [startedFrom, model, hook].every((each) => ["string", "undefined"].includes(typeof each));
  if (!good) throw new TypeError(`Cannot ${task}: its record is not the record of a run`);
  checkStart(startedFrom, init, task);
  return {
    ...found,
    metrics: history,
    seconds,
    model,
    hook,
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
