/**
 * Records what a training recipe adds to the step of the Matryoshka loss.
 *
 * @module
 */
import { addScaled } from "../../kernels/add_scaled.ts";
import { divideByVariance } from "../../kernels/divide_by_variance.ts";
import { extendNorm } from "../../kernels/extend_norm.ts";
import { foldDecoderNorms } from "../../kernels/fold_decoder_norms.ts";
import { jumpThresholds } from "../../kernels/jump_thresholds.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { normalizeRows } from "../../kernels/normalize_rows.ts";
import { preActivationLoss } from "../../kernels/pre_activation_loss.ts";
import { projectGradient } from "../../kernels/project_gradient.ts";
import { runningThreshold } from "../../kernels/running_threshold.ts";
import { targetL0Penalty } from "../../kernels/target_l0_penalty.ts";
import { unfoldGradients } from "../../kernels/unfold_gradients.ts";
import { PARAMETER_NAMES } from "../model/parameters.ts";
import { JumpRecording } from "../step/jump_recording.ts";
import type { JumpParts, StepAdditions, StepTensors } from "../step/step_tensors.ts";
import type { ParameterTensors, Workspace } from "../step/workspace.ts";
import { RecipeReadings } from "./activation_readings.ts";
import type { RecipeInput, StepFrame } from "./step_frame.ts";
import {
  AuxiliaryRecording,
  MultiTopkRecording,
  type RecipeParts,
  recordDead,
} from "./auxiliary_recording.ts";
import { recordHistory, recordNorm, recordTotalVariance } from "./update_recording.ts";

/** What Adam adds to the norm before it divides by it. */
const CLIP_EPSILON = 1e-6;

/** Records the parts of a recipe in their places. */
export class RecipeRecording implements StepFrame {
  /** The tensors on which the loss is computed: the step's, or with norms folded in. */
  readonly step: StepTensors;
  /** Receives ρ w_j from the host. */
  readonly weights: Tensor;
  readonly readings: RecipeReadings;
  readonly jump?: JumpParts;
  readonly clipNorm: Tensor;
  readonly #w: Workspace;
  readonly #input: RecipeInput;
  readonly #one: Tensor;

  constructor(w: Workspace, input: RecipeInput) {
    const { sizes: { B, d, N, P }, options: { loss, recipe }, tensors: t, step } = input;
    this.#w = w;
    this.#input = input;
    this.#one = w.filled([1], 1);
    this.step = recipe.scaleByDecoderNorm
      ? { ...step, model: w.parameters(d, N), norms: w.filled(new Float32Array(N).fill(1), N) }
      : step;
    this.weights = loss.squaredError === "variance" ? w.f32(P) : step.weights;
    const { compatibility: c, inferenceThreshold, thresholdTraining } = recipe;
    const counts = c.firesAbove > 0 || c.negativeActivations || c.aliveByMultiTopk;
    this.readings = new RecipeReadings({
      fired: counts ? w.u32(N) : undefined,
      above: c.firesAbove,
      minima: inferenceThreshold && w.f32(B),
    });
    this.clipNorm = c.clipEpsilon === CLIP_EPSILON ? t.norm : w.f32(1);
    if (thresholdTraining === undefined) return;
    this.jump = new JumpRecording(t.jump!.windowStart, t.jump!.gradient, {
      bandwidth: thresholdTraining.bandwidth,
      logarithm: thresholdTraining.logarithm,
      window: c.windowOverActivations ? "activation" : "preActivation",
      rectified: !c.negativeActivations,
    });
  }

  /** Records what comes before the forward pass. */
  beforeStep(r: Recorder): void {
    const { options: { recipe, loss }, tensors: t, step } = this.#input;
    const { decoder } = t.model;
    if (recipe.unitDecoder === "beforeForward") {
      r.run(normalizeRows, { rows: decoder, norms: t.norms }, {});
    }
    recordThresholds(r, this.#input);
    if (recipe.scaleByDecoderNorm) this.recordFolding(r);
    recordTotalVariance(r, t, step.input);
    if (loss.squaredError !== "variance") return;
    const { totalVariance } = t;
    const operands = { weights: this.weights, totalVariance, scaled: step.weights };
    r.run(divideByVariance, operands, {});
  }

  /** Records the parameters on which the loss is computed where the norms are folded in. */
  recordFolding(r: Recorder): void {
    const { tensors: { model, norms } } = this.#input;
    const { encoder, encoderBias, decoder } = model;
    const folded = this.step.model;
    r.copy(model.decoderBias, folded.decoderBias);
    r.run(foldDecoderNorms, {
      encoder,
      encoderBias,
      decoder,
      norms,
      foldedEncoder: folded.encoder,
      foldedEncoderBias: folded.encoderBias,
      foldedDecoder: folded.decoder,
    }, {});
  }

  /** Returns what is added in the middle of the step. */
  additions(encoderInput: Tensor): StepAdditions {
    const { options: { recipe }, tensors: t } = this.#input;
    const parts: RecipeParts = { ...this.#input, step: this.step, gradients: t.gradients };
    const w = this.#w;
    const auxiliary = recipe.auxiliary && new AuxiliaryRecording(w, parts, encoderInput);
    const multiTopk = recipe.multiTopk > 0
      ? new MultiTopkRecording(w, parts, encoderInput)
      : undefined;
    return {
      afterSums: (r) => {
        const counted = recipe.compatibility.aliveByMultiTopk;
        multiTopk?.encode(r, counted ? this.readings.fired : undefined);
        this.#recordReadings(r);
        if (!recipe.compatibility.deadBefore) this.#recordHistory(r);
      },
      beforeGradients: (r) => auxiliary?.beforeGradients(r),
      afterGradients: (r) => {
        auxiliary?.afterGradients(r);
        multiTopk?.afterGradients(r);
        this.#recordPreActivationLoss(r, parts, encoderInput);
      },
      afterDecoderBias: (r) => {
        for (const source of [auxiliary?.biasGradient, multiTopk?.biasGradient]) {
          const target = t.gradients.decoderBias;
          if (source) r.run(addScaled, { source, factor: this.#one, target }, {});
        }
      },
    };
  }

  /** Records what comes between the gradients and Adam. */
  afterStep(r: Recorder): void {
    const { options: { recipe }, tensors: t } = this.#input;
    const { model, gradients, norms } = t;
    const { compatibility: c, unitDecoder } = recipe;
    if (c.deadBefore) this.#recordHistory(r);
    if (recipe.scaleByDecoderNorm) {
      const { encoder, encoderBias, decoder } = model;
      r.run(unfoldGradients, { encoder, encoderBias, decoder, norms, ...named(gradients) }, {});
    }
    if (!recipe.encoderBias) {
      r.copy(this.#w.f32(this.#input.sizes.N), gradients.encoderBias);
    }
    if (t.carried) this.#addCarried(r, t.carried.gradients, t.carried.factor);
    if (c.clipBeforeProjection) this.#recordNorm(r);
    if (unitDecoder === "beforeUpdate") r.run(normalizeRows, { rows: model.decoder, norms }, {});
    if (recipe.projectGradient) {
      const operands = { decoder: model.decoder, decoderGradient: gradients.decoder };
      const { projectionEpsilon: epsilon, projectionAssumesUnit: assumeUnit } = c;
      r.run(projectGradient, operands, { epsilon, assumeUnit });
    }
    if (!c.clipBeforeProjection) this.#recordNorm(r);
    for (const name of t.carried ? PARAMETER_NAMES : []) {
      r.copy(gradients[name], t.carried!.gradients[name]);
    }
  }

  /** Records what comes after Adam. */
  afterUpdate(r: Recorder): void {
    const { options: { recipe }, tensors: { model, norms } } = this.#input;
    if (recipe.unitDecoder === "afterUpdate") {
      r.run(normalizeRows, { rows: model.decoder, norms }, {});
    }
    recordThresholds(r, this.#input);
  }

  /** Records what follows from the sums over the batch, before λ is needed. */
  #recordReadings(r: Recorder): void {
    const { sizes: { B }, options: { loss, recipe }, tensors: t, step } = this.#input;
    const { compatibility: c, inferenceThreshold: follows } = recipe;
    const { counts } = step;
    if (loss.penaltyL0 !== undefined) {
      const { threshold, strength, coefficient, terms } = t;
      r.run(targetL0Penalty, { counts, threshold, strength, coefficient, terms }, {
        targetL0: loss.penaltyL0,
        rows: B,
        silentBelowZero: c.silentBelowZero,
      });
    }
    if (follows) {
      const { thresholdRate: rate, runningThreshold: running } = t;
      const { smallestOf, start } = follows;
      const operands = { minima: this.readings.minima!, rate, running: running! };
      r.run(runningThreshold, operands, { smallestOf, start });
    }
  }

  /** Records the history: by default before the dead latents are listed, so that the batch counts. */
  #recordHistory(r: Recorder): void {
    const { sizes: { B }, options, tensors, step: { counts, squares } } = this.#input;
    const fired = this.readings.fired ?? counts;
    recordHistory(r, { counts: fired, squares }, { rows: B, options, tensors });
  }

  /** Records the norm of all gradients. With another ε, Adam clips by one that makes up for the difference. */
  #recordNorm(r: Recorder): void {
    const { options: { recipe }, tensors: t } = this.#input;
    const { norm } = t;
    recordNorm(r, t);
    if (t.jump) r.run(extendNorm, { gradient: t.jump.gradient, norm }, {});
    if (this.clipNorm === norm) return;
    r.copy(norm, this.clipNorm);
    const source = this.#w.filled([recipe.compatibility.clipEpsilon - CLIP_EPSILON], 1);
    r.run(addScaled, { source, factor: this.#one, target: this.clipNorm }, {});
  }

  #recordPreActivationLoss(r: Recorder, parts: RecipeParts, input: Tensor): void {
    const { options: { recipe: { thresholdTraining } }, tensors: t } = this.#input;
    const { sizes: { N }, step: { model, norms } } = parts;
    const { preActivationLoss: coefficient = 0, logarithm = false } = thresholdTraining ?? {};
    if (coefficient === 0) return;
    const dead = { dead: this.#w.u32(N), deadCount: this.#w.u32(1) };
    recordDead(r, parts, dead);
    const { encoder, encoderBias, decoder } = model;
    const { threshold, terms } = t;
    const operands = { input, encoder, encoderBias, decoder, norms, threshold, ...dead, terms };
    const thresholdGradient = t.jump!.gradient;
    const gradients = { ...named(t.gradients), thresholdGradient };
    r.run(preActivationLoss, { ...operands, ...gradients }, { coefficient, logarithm });
  }

  #addCarried(r: Recorder, carried: ParameterTensors, factor: Tensor): void {
    const { gradients } = this.#input.tensors;
    for (const name of PARAMETER_NAMES) {
      const size = gradients[name].shape.reduce((a, b) => a * b);
      const source = this.#w.view(carried[name], size);
      const target = this.#w.view(gradients[name], size);
      r.run(addScaled, { source, factor, target }, {});
    }
  }
}

/** Records θ and the starts of the windows from what is trained. */
function recordThresholds(r: Recorder, { options: { recipe }, tensors: t }: RecipeInput): void {
  if (recipe.thresholdTraining === undefined) return;
  const { logarithm, bandwidth } = recipe.thresholdTraining;
  const { parameter, windowStart } = t.jump!;
  const operands = { parameter, threshold: t.threshold, windowStart };
  r.run(jumpThresholds, operands, { logarithm, bandwidth });
}

function named({ encoder, encoderBias, decoder }: ParameterTensors) {
  return {
    encoderGradient: encoder,
    encoderBiasGradient: encoderBias,
    decoderGradient: decoder,
  };
}
