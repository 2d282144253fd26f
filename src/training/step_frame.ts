/**
 * What a step has beside the loss and Adam: the parts that a recipe changes.
 *
 * @module
 */
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import type {
  ActivationReadings,
  JumpParts,
  StepAdditions,
  StepSizes,
  StepTensors,
} from "../step/step_tensors.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** What the recording of a step starts from. */
export interface RecipeInput {
  readonly sizes: StepSizes;
  readonly options: ResolvedTrainer;
  readonly tensors: TrainerTensors;
  /** The tensors of the step. Their parameters are those of the trainer. */
  readonly step: StepTensors;
  /** k of this step. */
  readonly k: number;
}

/** Records what a step has beside the loss and Adam, in this order. */
export interface StepFrame {
  /** The tensors on which the loss is computed: the step's, or with norms folded in. */
  readonly step: StepTensors;
  /** Receives ρ w_j from the host. */
  readonly weights: Tensor;
  readonly readings?: ActivationReadings;
  readonly jump?: JumpParts;
  /** The norm by which Adam clips. */
  readonly clipNorm: Tensor;
  /** Records the parameters on which the loss is computed where the norms are folded in. */
  recordFolding(r: Recorder): void;
  /** Records what comes before the forward pass. */
  beforeStep(r: Recorder): void;
  /** Returns what is added in the middle of the step. */
  additions(encoderInput: Tensor): StepAdditions;
  /** Records what comes between the gradients and Adam, the norm of the gradients included. */
  afterStep(r: Recorder): void;
  /** Records what comes after Adam. */
  afterUpdate(r: Recorder): void;
}
