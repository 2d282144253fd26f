/**
 * Records the losses whose reconstruction comes from codes of their own: AuxK, and a wider top-k.
 *
 * @module
 */
import { addLatentGradients } from "../../kernels/add_latent_gradients.ts";
import { addScaled } from "../../kernels/add_scaled.ts";
import { addToEach } from "../../kernels/add_to_each.ts";
import { auxiliaryGradient } from "../../kernels/auxiliary_gradient.ts";
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import { decoderBiasGradient } from "../../kernels/decoder_bias_gradient.ts";
import { encodeDead } from "../../kernels/encode_dead.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { levelResidual } from "../../kernels/level_residual.ts";
import { listDead } from "../../kernels/list_dead.ts";
import { sparseDecode } from "../../kernels/sparse_decode.ts";
import { sparseFiredRows } from "../../kernels/sparse_fired_rows.ts";
import { LOSS_TERMS } from "../../kernels/step_metrics.ts";
import { totalVariance } from "../../kernels/total_variance.ts";
import { errorScale, type StepSizes, type StepTensors } from "../step/step_tensors.ts";
import type { ParameterTensors, Workspace } from "../step/workspace.ts";
import { deadFrom, type ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** What the recordings of a step share. */
export interface RecipeParts {
  readonly sizes: StepSizes;
  readonly options: ResolvedTrainer;
  readonly tensors: TrainerTensors;
  readonly step: StepTensors;
  readonly gradients: ParameterTensors;
  /** k of this step. */
  readonly k: number;
}

/** Sparse codes by row and by latent, and the gradient at what they reconstruct. */
interface CodeTensors {
  readonly rows: { rowOffsets: Tensor; indices: Tensor; values: Tensor };
  readonly latents: { latentOffsets: Tensor; latentRows: Tensor; latentValues: Tensor };
  /** y, then the gradient at y: [B, d]. */
  readonly output: Tensor;
  /** −target: [B, d]. */
  readonly residual: Tensor;
}

function codeTensors(w: Workspace, { B, d, N }: StepSizes, perRow: number): CodeTensors {
  const K = B * perRow;
  return {
    rows: { rowOffsets: w.u32(B + 1), indices: w.u32(K), values: w.f32(K) },
    latents: { latentOffsets: w.u32(N + 1), latentRows: w.u32(K), latentValues: w.f32(K) },
    output: w.f32(B, d),
    residual: w.f32(B, d),
  };
}

/** The dead latents of a step. */
export interface DeadTensors {
  /** u32 [N]. */
  readonly dead: Tensor;
  /** u32 [1]. */
  readonly deadCount: Tensor;
}

/** Records which latents are dead: all of them, or those of one block. */
export function recordDead(
  r: Recorder,
  { options, tensors, step: { bounds } }: RecipeParts,
  tensorsOfDead: DeadTensors,
  level = -1,
): void {
  const { silentSteps: silent } = tensors;
  r.run(listDead, { silent, bounds, ...tensorsOfDead }, { after: deadFrom(options), level });
}

/** Records the auxiliary loss of dead latents. */
export class AuxiliaryRecording {
  /** What the auxiliary loss adds to ∂c beside its part through the encoder, if anything. */
  readonly biasGradient?: Tensor;
  readonly #parts: RecipeParts;
  readonly #encoderInput: Tensor;
  readonly #codes: CodeTensors;
  readonly #dead: DeadTensors;
  readonly #residualVariance: Tensor;
  readonly #zeros: Tensor;
  readonly #w: Workspace;

  constructor(w: Workspace, parts: RecipeParts, encoderInput: Tensor) {
    const { sizes, options: { recipe } } = parts;
    this.#w = w;
    this.#parts = parts;
    this.#encoderInput = encoderInput;
    this.#codes = codeTensors(w, sizes, recipe.auxiliary!.latents);
    this.#dead = { dead: w.u32(sizes.N), deadCount: w.u32(1) };
    this.#residualVariance = w.f32(1);
    this.#zeros = w.f32(sizes.d);
    if (recipe.compatibility.auxiliaryBias !== "none") this.biasGradient = w.f32(sizes.d);
  }

  /** Where the residual is no constant, its gradient goes to every G. */
  beforeGradients(r: Recorder): void {
    const { sizes: { P }, options: { recipe }, step } = this.#parts;
    if (!recipe.compatibility.auxiliaryAttached) return;
    this.#recordLoss(r, P - 1, -1);
    r.run(addToEach, { sums: step.residualSums, addend: this.#codes.output }, { scale: 1 });
  }

  afterGradients(r: Recorder): void {
    const { sizes: { P }, options: { recipe } } = this.#parts;
    const { auxiliary, compatibility } = recipe;
    const levels = auxiliary!.perPrefix ? P : 1;
    for (let level = 0; level < levels; level++) {
      if (!compatibility.auxiliaryAttached) {
        if (levels > 1) this.#recordLoss(r, level, level);
        else this.#recordLoss(r, P - 1, -1);
      }
      addCodeGradients(r, this.#parts, this.#encoderInput, this.#codes, auxiliary!.encoderGradient);
      if (this.biasGradient) this.#recordBiasGradient(r, this.biasGradient);
    }
  }

  /** Records the loss of dead latents against the residual of a prefix, and its gradient at their output. */
  #recordLoss(r: Recorder, level: number, block: number): void {
    const { sizes: { B, N, P }, options, tensors, step } = this.#parts;
    const { auxiliary, compatibility } = options.recipe;
    const { weight, latents, normalizer, scaleByDead, perPrefix } = auxiliary!;
    const { rows, output, residual } = this.#codes;
    const { encoder, encoderBias, decoder, decoderBias } = step.model;
    recordDead(r, this.#parts, this.#dead, block);
    r.run(encodeDead, { input: this.#encoderInput, encoder, encoderBias, ...this.#dead, ...rows }, {
      k: latents,
      rectified: !compatibility.auxiliaryNegative,
    });
    const bias = compatibility.auxiliaryBias === "reconstruction" ? decoderBias : this.#zeros;
    const decoded = { ...rows, decoder, decoderBias: bias, reconstruction: output };
    r.run(sparseDecode, decoded, { prefix: N });
    const scale = errorScale({ sizes: this.#parts.sizes, loss: options.loss });
    const { residualSums: reverseSums, weights } = step;
    r.run(levelResidual, { reverseSums, weights, residual }, { level, scale: 2 * scale });
    const variance = normalizer === "input" ? tensors.totalVariance : this.#residualVariance;
    if (normalizer === "residual") {
      r.run(totalVariance, { input: residual, totalVariance: variance }, {});
    }
    const { deadCount } = this.#dead;
    const { rowOffsets } = rows;
    const operands = { reconstruction: output, residual, variance, deadCount, rowOffsets };
    r.run(auxiliaryGradient, { ...operands, terms: tensors.terms }, {
      scale: weight / (perPrefix ? P : 1) * (normalizer === "none" ? scale : 1 / B),
      normalized: normalizer !== "none",
      full: scaleByDead ? latents : 0,
      when: compatibility.auxiliaryApplies,
      term: LOSS_TERMS.indexOf("auxiliary"),
      first: block <= 0,
    });
  }

  /** With c in the reconstruction, it has a gradient, too: kept apart until ∂c is written. */
  #recordBiasGradient(r: Recorder, result: Tensor): void {
    const { B, d } = this.#parts.sizes;
    const reverseSums = this.#w.view(this.#codes.output, 1, B, d);
    r.run(decoderBiasGradient, { reverseSums, decoderBiasGradient: result }, {});
  }
}

/** Records the reconstruction by the 4 k largest latents of each row. */
export class MultiTopkRecording {
  readonly #w: Workspace;
  readonly #parts: RecipeParts;
  readonly #encoderInput: Tensor;
  readonly #codes: CodeTensors;
  readonly #overflow: Tensor;
  readonly #minusTwo: Tensor;
  readonly #count: Tensor;
  readonly #k: number;
  /** What it adds to ∂c. */
  readonly biasGradient: Tensor;

  constructor(w: Workspace, parts: RecipeParts, encoderInput: Tensor) {
    const { sizes: { d, N }, k } = parts;
    this.#w = w;
    this.#parts = parts;
    this.#encoderInput = encoderInput;
    this.#k = Math.min(4 * k, N);
    this.#codes = codeTensors(w, parts.sizes, this.#k);
    this.#overflow = w.u32(1);
    this.#minusTwo = w.filled([-2], 1);
    this.#count = w.u32(1);
    this.biasGradient = w.f32(d);
  }

  /** Records the codes and, if they count, the rows in which each latent is among them. */
  encode(r: Recorder, fired?: Tensor): void {
    const { step: { model: { encoder, encoderBias }, threshold } } = this.#parts;
    const { rows, latents } = this.#codes;
    const input = this.#encoderInput;
    const operands = { input, encoder, encoderBias, threshold, ...rows, overflow: this.#overflow };
    r.run(encodeSparse, operands, { selection: "topk", k: this.#k });
    r.run(codesByLatent, { ...rows, ...latents }, {});
    const { latentOffsets, latentValues } = latents;
    if (fired) r.run(sparseFiredRows, { latentOffsets, latentValues, fired }, { above: 0 });
  }

  afterGradients(r: Recorder): void {
    const { sizes: { B, d, N }, options, tensors, step } = this.#parts;
    const { rows, output, residual } = this.#codes;
    const { decoder, decoderBias } = step.model;
    r.run(sparseDecode, { ...rows, decoder, decoderBias, reconstruction: output }, { prefix: N });
    r.copy(step.input, residual);
    const flat = (tensor: Tensor) => this.#w.view(tensor, B * d);
    const minus = { source: flat(step.input), factor: this.#minusTwo, target: flat(residual) };
    r.run(addScaled, minus, {});
    const isShare = options.loss.squaredError === "variance";
    const scale = errorScale({ sizes: this.#parts.sizes, loss: options.loss });
    r.run(auxiliaryGradient, {
      reconstruction: output,
      residual,
      variance: tensors.totalVariance,
      deadCount: this.#count,
      rowOffsets: rows.rowOffsets,
      terms: tensors.terms,
    }, {
      scale: options.recipe.multiTopk * scale,
      normalized: isShare,
      full: 0,
      when: "always",
      term: LOSS_TERMS.indexOf("multiTopk"),
      first: true,
    });
    addCodeGradients(r, this.#parts, this.#encoderInput, this.#codes, false);
    const reverseSums = this.#w.view(output, 1, B, d);
    r.run(decoderBiasGradient, { reverseSums, decoderBiasGradient: this.biasGradient }, {});
  }
}

function addCodeGradients(
  r: Recorder,
  { step, gradients }: RecipeParts,
  input: Tensor,
  { rows, latents, output }: CodeTensors,
  encoder: boolean,
): void {
  r.run(codesByLatent, { ...rows, ...latents }, {});
  r.run(addLatentGradients, {
    ...latents,
    outputGradient: output,
    input,
    decoder: step.model.decoder,
    encoderGradient: gradients.encoder,
    encoderBiasGradient: gradients.encoderBias,
    decoderGradient: gradients.decoder,
  }, { encoder });
}
