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
import { errorScale, recordPrefixSums, type StepParts } from "./step_tensors.ts";
import type { ParameterTensors, Workspace } from "./workspace.ts";

/** Records the dense step apart from the norms and the decoder bias, which both algorithms share. */
export function recordDense(
  r: Recorder,
  w: Workspace,
  parts: StepParts,
  encoderInput: Tensor,
): void {
  const { sizes: { B, N }, loss, tensors: t, gradients } = parts;
  const activations = w.f32(B, N);
  recordEncoding(r, parts, encoderInput, activations);
  const { norms, penalties, counts, squares } = t;
  r.run(latentSums, { activations, norms, penalties, counts, squares }, loss.penalty);
  recordPrefixSums(r, parts);
  recordResiduals(r, parts, activations);
  if (gradients) recordGradients(r, w, parts, { encoderInput, activations, gradients });
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

/** Records the residual and the squared error of each prefix. */
function recordResiduals(r: Recorder, parts: StepParts, activations: Tensor): void {
  const { model: { decoder, decoderBias }, input, bounds, residuals, squaredErrors } =
    parts.tensors;
  r.run(
    prefixResiduals,
    { activations, decoder, decoderBias, input, bounds, residuals, squaredErrors },
    { scale: errorScale(parts) },
  );
}

function recordGradients(
  r: Recorder,
  w: Workspace,
  parts: StepParts,
  { encoderInput, activations, gradients }: {
    readonly encoderInput: Tensor;
    readonly activations: Tensor;
    readonly gradients: ParameterTensors;
  },
): void {
  const { sizes: { B, N }, loss, tensors: t } = parts;
  const { norms, bounds, weights, coefficient } = t;
  const preGradient = w.f32(B, N);
  r.run(reverseSums, { weights, residuals: t.residuals }, { scale: 2 * errorScale(parts) });
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
