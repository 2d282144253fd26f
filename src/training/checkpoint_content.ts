/**
 * The content of a checkpoint, apart from its file.
 *
 * @module
 */
import { checkObject, wrongKind } from "../base/checks.ts";
import { checkShuffleState, type ShuffleState } from "../data/shuffle_state.ts";
import { checkTrainerState, type TrainerState } from "./trainer_state.ts";

/** The format that the metadata of a checkpoint names. */
export const FORMAT = "matryoshka-sae-training";
/** The version of {@linkcode FORMAT}. */
export const VERSION = "1";

/** The content of a checkpoint. */
export interface Checkpoint {
  /** The state of the trainer, from `Trainer.state`. With `latents`, the checkpoint is the shard of one rank. */
  readonly trainer: TrainerState;
  /** The position in the data, from `ShuffledActivations.state`. */
  readonly shuffle?: ShuffleState;
  /** Any JSON value that the training program wants back. */
  readonly record?: unknown;
  /** The name and version of the program that writes the checkpoint. */
  readonly createdBy: string;
}

/** Throws unless training could be resumed from a checkpoint, which may come from anywhere. */
export function checkCheckpoint(checkpoint: Checkpoint, task: string): void {
  checkObject(checkpoint, "the checkpoint", task);
  if (typeof checkpoint.createdBy !== "string") {
    throw wrongKind(checkpoint.createdBy, "createdBy", "a string", task);
  }
  checkTrainerState(checkpoint.trainer, task);
  if (checkpoint.shuffle !== undefined) checkShuffleState(checkpoint.shuffle, task);
}
