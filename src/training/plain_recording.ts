/**
 * What a step of the Matryoshka loss adds to its gradients, with a recipe or without one.
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
import type { Workspace } from "../step/workspace.ts";
import { NO_COMPATIBILITY } from "./resolved_recipe.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import { recordHistory, recordNorm, recordTotalVariance } from "./update_recording.ts";

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

/** Makes the frame of a step. That of recipes is loaded only where one is used: programs without it stay small. */
export async function stepFrame(w: Workspace, input: RecipeInput): Promise<StepFrame> {
  if (isPlain(input.options)) return new PlainRecording(input);
  const { RecipeRecording } = await import("./recipe_recording.ts");
  return new RecipeRecording(w, input);
}

function isPlain({ loss, recipe }: ResolvedTrainer): boolean {
  const { auxiliary, inferenceThreshold, thresholdTraining } = recipe;
  if (auxiliary || inferenceThreshold || thresholdTraining || recipe.multiTopk > 0) return false;
  if (recipe.unitDecoder !== "never" || recipe.projectGradient) return false;
  if (recipe.scaleByDecoderNorm || !recipe.encoderBias) return false;
  return loss.squaredError !== "variance" && recipe.compatibility === NO_COMPATIBILITY;
}

/** Records a step without any recipe. */
class PlainRecording implements StepFrame {
  readonly #input: RecipeInput;

  constructor(input: RecipeInput) {
    this.#input = input;
  }

  get step(): StepTensors {
    return this.#input.step;
  }

  get weights(): Tensor {
    return this.#input.step.weights;
  }

  get clipNorm(): Tensor {
    return this.#input.tensors.norm;
  }

  recordFolding(): void {}

  beforeStep(r: Recorder): void {
    recordTotalVariance(r, this.#input.tensors, this.step.input);
  }

  additions(): StepAdditions {
    const { sizes: { B: rows }, options, tensors, step } = this.#input;
    return {
      afterSums: (r) => recordHistory(r, step, { rows, options, tensors }),
      beforeGradients() {},
      afterGradients() {},
      afterDecoderBias() {},
    };
  }

  afterStep(r: Recorder): void {
    recordNorm(r, this.#input.tensors);
  }

  afterUpdate(): void {}
}
