import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import type { StepAdditions, StepTensors } from "../step/step_tensors.ts";
import type { RecipeInput, StepFrame } from "./step_frame.ts";
import { recordHistory, recordNorm, recordTotalVariance } from "./update_recording.ts";

/** Records a step without any recipe. */
export class PlainRecording implements StepFrame {
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
    const { sizes: { B: rows }, options, tensors, step: { counts, squares } } = this.#input;
    return {
      afterSums: (r) => recordHistory(r, { counts, squares }, { rows, options, tensors }),
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
