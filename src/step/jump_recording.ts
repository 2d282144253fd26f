/**
 * Records what the steps of both algorithms add where the thresholds of jumprelu are trained.
 *
 * @module
 */
import { activeCodes } from "../../kernels/active_codes.ts";
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import { denseThresholdGradient } from "../../kernels/dense_threshold_gradient.ts";
import { encode } from "../../kernels/encode.ts";
import { encodeScreened } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import { jump } from "../../kernels/jump.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { quantizeRows } from "../../kernels/quantize_rows.ts";
import { thresholdGradient, type WindowConstants } from "../../kernels/threshold_gradient.ts";
import type { JumpParts, LatentCodes, RowCodes, StepParts } from "./step_tensors.ts";

/** The constants of a window, apart from the penalty's. */
export type JumpConstants = Omit<WindowConstants, keyof PenaltyConstants>;

/** Records jumprelu whose thresholds are trained. */
export class JumpRecording implements JumpParts {
  readonly #windowStart: Tensor;
  readonly #gradient: Tensor;
  readonly #constants: JumpConstants;

  /** `windowStart` is θ − h/2 [N], `gradient` receives that of θ or of its logarithm [N]. */
  constructor(windowStart: Tensor, gradient: Tensor, constants: JumpConstants) {
    this.#windowStart = windowStart;
    this.#gradient = gradient;
    this.#constants = constants;
  }

  encodeCodes(
    r: Recorder,
    { screen, tensors: { model: { encoder, encoderBias }, threshold } }: StepParts,
    input: Tensor,
    { window, codes, overflow }: {
      readonly window: RowCodes;
      readonly codes: RowCodes;
      readonly overflow: Tensor;
    },
  ): void {
    const inputs = { input, encoder, encoderBias, threshold: this.#windowStart };
    const operands = { ...inputs, ...window, overflow };
    if (screen === undefined) {
      r.run(encodeSparse, operands, { selection: "window", k: 0 });
    } else {
      const { quantizedRows: quantized, rowBounds: bounds } = screen;
      r.run(quantizeRows, { input, quantized, bounds }, {});
      r.run(encodeScreened, { ...operands, ...screen }, { selection: "window", k: 0 });
    }
    const { rowOffsets: activeOffsets, indices: activeIndices, values: activeValues } = codes;
    const active = { activeOffsets, activeIndices, activeValues };
    const { rectified } = this.#constants;
    r.run(activeCodes, { ...window, threshold, ...active }, { rectified });
  }

  gradientOfCodes(r: Recorder, parts: StepParts, window: RowCodes, byLatent: LatentCodes): void {
    r.run(codesByLatent, { ...window, ...byLatent }, {});
    r.run(thresholdGradient, { ...byLatent, ...this.#operands(parts) }, {
      ...parts.loss.penalty,
      ...this.#constants,
    });
  }

  encodeActivations(
    r: Recorder,
    { tensors: { model: { encoder, encoderBias }, threshold } }: StepParts,
    input: Tensor,
    { preActivations, activations }: {
      readonly preActivations: Tensor;
      readonly activations: Tensor;
    },
  ): void {
    const operands = { input, encoder, encoderBias, threshold, activations: preActivations };
    r.run(encode, operands, { activation: "identity" });
    const { rectified } = this.#constants;
    r.run(jump, { preActivations, threshold, activations }, { rectified });
  }

  gradientOfActivations(r: Recorder, parts: StepParts, preActivations: Tensor): void {
    r.run(denseThresholdGradient, { preActivations, ...this.#operands(parts) }, {
      ...parts.loss.penalty,
      ...this.#constants,
    });
  }

  #operands({ tensors: t }: StepParts) {
    return {
      reverseSums: t.residualSums,
      decoder: t.model.decoder,
      norms: t.norms,
      threshold: t.threshold,
      bounds: t.bounds,
      weights: t.tailWeights,
      coefficient: t.coefficient,
      thresholdGradient: this.#gradient,
    };
  }
}
