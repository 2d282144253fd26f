/**
 * Records a step over all [B, N] activations. See docs/mathematics.md for the formulas.
 *
 * @module
 */
import { activationGradient } from "../../kernels/activation_gradient.ts";
import { batchTopk } from "../../kernels/batch_topk.ts";
import { decoderGradient } from "../../kernels/decoder_gradient.ts";
import { encode } from "../../kernels/encode.ts";
import { activationOf } from "../../kernels/encode_sparse.ts";
import { encoderGradient } from "../../kernels/encoder_gradient.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { latentSums } from "../../kernels/latent_sums.ts";
import { prefixResiduals } from "../../kernels/prefix_residuals.ts";
import { reverseSums } from "../../kernels/reverse_sums.ts";
import { topk } from "../../kernels/topk.ts";
import { onFirstUse, type StepPhases } from "./step_phases.ts";
import { errorScale, type StepParts } from "./step_tensors.ts";
import type { ParameterTensors, TensorMaker, Workspace } from "./workspace.ts";

/** The phases over all activations. */
export interface DensePhases extends StepPhases {
  /** Returns f [B, N], which is made when it is first needed. */
  activations(): Tensor;
}

/** Returns the phases of the dense algorithm. `maker` makes the arrays [B, N]. */
export function densePhases(
  w: Workspace,
  parts: StepParts,
  encoderInput: Tensor,
  maker: TensorMaker = w,
): DensePhases {
  const { sizes: { B, N } } = parts;
  const activations = onFirstUse(() => maker.f32(B, N));
  const preGradient = onFirstUse(() => maker.f32(B, N));
  return {
    activations,
    encode: (r) => {
      const { jump } = parts;
      if (!jump) return recordEncoding(r, parts, encoderInput, activations());
      const results = { preActivations: preGradient(), activations: activations() };
      jump.encodeActivations(r, parts, encoderInput, results);
    },
    sums: (r) => recordSums(r, parts, activations()),
    decode: (r, sum, zeros) =>
      recordDecoding(r, w, parts, { activations: activations(), sum, zeros }),
    residuals: (r, parts) => recordResiduals(r, parts, activations()),
    gradients: (r, parts) => {
      const { gradients } = parts;
      if (!gradients) return;
      // Before it is overwritten: it holds the pre-activations until then.
      parts.jump?.gradientOfActivations(r, parts, preGradient());
      const tensors = { encoderInput, activations: activations(), preGradient, gradients };
      recordGradients(r, parts, tensors);
    },
  };
}

function recordEncoding(
  r: Recorder,
  { loss: { selection, k }, tensors: { model, threshold } }: StepParts,
  input: Tensor,
  activations: Tensor,
): void {
  const { encoder, encoderBias } = model;
  r.run(encode, { input, encoder, encoderBias, threshold, activations }, {
    activation: activationOf(selection),
  });
  if (selection === "topk") r.run(topk, { activations }, { k });
  if (selection === "batchtopk") r.run(batchTopk, { activations }, { k });
}

function recordSums(
  r: Recorder,
  { loss, tensors, readings }: StepParts,
  activations: Tensor,
): void {
  const { norms, penalties, counts, squares } = tensors;
  r.run(latentSums, { activations, norms, penalties, counts, squares }, loss.penalty);
  readings?.ofActivations(r, activations);
}

/** Records the reconstruction without c: the residual of the prefix of all latents, from an input of zeros. */
function recordDecoding(
  r: Recorder,
  w: Workspace,
  { sizes: { B, d, N }, tensors: { model: { decoder } } }: StepParts,
  { activations, sum, zeros }: {
    readonly activations: Tensor;
    readonly sum: Tensor;
    readonly zeros: Tensor;
  },
): void {
  const bounds = w.u32(1);
  w.backend.write(bounds, [N]);
  r.run(prefixResiduals, {
    activations,
    decoder,
    decoderBias: zeros,
    input: w.f32(B, d),
    bounds,
    residuals: w.view(sum, 1, B, d),
    squaredErrors: w.f32(1),
  }, { scale: 1 });
}

/** Records the residual and the squared error of each prefix, and turns residuals into G where it is needed. */
function recordResiduals(r: Recorder, parts: StepParts, activations: Tensor): void {
  const { model: { decoder, decoderBias }, input, bounds, weights, residuals, squaredErrors } =
    parts.tensors;
  r.run(
    prefixResiduals,
    { activations, decoder, decoderBias, input, bounds, residuals, squaredErrors },
    { scale: errorScale(parts) },
  );
  if (parts.gradients) r.run(reverseSums, { weights, residuals }, { scale: 2 * errorScale(parts) });
}

function recordGradients(
  r: Recorder,
  { loss, tensors: t }: StepParts,
  { encoderInput, activations, preGradient: makePreGradient, gradients }: {
    readonly encoderInput: Tensor;
    readonly activations: Tensor;
    readonly preGradient: () => Tensor;
    readonly gradients: ParameterTensors;
  },
): void {
  const { norms, bounds, tailWeights: weights, coefficient } = t;
  const preGradient = makePreGradient();
  const shared = {
    reverseSums: t.residualSums,
    activations,
    decoder: t.model.decoder,
    norms,
    bounds,
    weights,
    coefficient,
  };
  r.run(activationGradient, { ...shared, preGradient }, {
    ...loss.penalty,
    identity: loss.selection === "identity",
  });
  r.run(decoderGradient, { ...shared, decoderGradient: gradients.decoder }, loss.penalty);
  r.run(encoderGradient, {
    preGradient,
    input: encoderInput,
    encoderGradient: gradients.encoder,
    encoderBiasGradient: gradients.encoderBias,
  }, {});
}
