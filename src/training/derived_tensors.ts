/**
 * What steps need of the parameters beside these: the norms of the decoder's rows and, to screen, the quantised encoder.
 *
 * @module
 */
import type { Recorder } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { rowNorms } from "../../kernels/row_norms.ts";
import { type LatentScreen, latentScreen } from "../step/screen.ts";
import type { Workspace } from "../step/workspace.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/**
 * Keeps the derived tensors, and knows which of them are current. Adam leaves them behind for the next step, the
 * quantised encoder only while steps screen; where the parameters change otherwise, they are computed anew.
 */
export class DerivedTensors {
  readonly #w: Workspace;
  readonly #tensors: TrainerTensors;
  #screen?: LatentScreen;
  #hasNorms = false;
  #isQuantized = false;

  /** The workspace is that of the trainer's tensors. */
  constructor(w: Workspace, tensors: TrainerTensors) {
    this.#w = w;
    this.#tensors = tensors;
  }

  /** The quantised encoder, which is made when it is first needed. */
  get screen(): LatentScreen {
    const [N, d] = this.#tensors.model.encoder.shape;
    return this.#screen ??= latentScreen(this.#w, N, d);
  }

  /** Notes that the parameters have changed. */
  invalidate(): void {
    this.#hasNorms = this.#isQuantized = false;
  }

  /** Notes that a step has updated the parameters. */
  updated(screened: boolean): void {
    this.#isQuantized = screened;
  }

  /** Computes what the next step needs and the last has not left behind. */
  async refresh(screens: boolean): Promise<void> {
    const quantizes = screens && !this.#isQuantized;
    if (this.#hasNorms && !quantizes) return;
    const { model: { encoder, decoder }, norms } = this.#tensors;
    const record = (r: Recorder) => {
      if (!this.#hasNorms) r.run(rowNorms, { decoder, norms }, {});
      if (!quantizes) return;
      const { quantizedLatents: quantized, latentBounds: bounds } = this.screen;
      r.run(quantizeLatents, { encoder, quantized, bounds }, {});
    };
    const { backend } = this.#w;
    const program = await backend.record(record);
    try {
      backend.submit(program);
    } finally {
      program[Symbol.dispose]();
    }
    this.#hasNorms = true;
    this.#isQuantized ||= quantizes;
  }
}
