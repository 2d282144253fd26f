/**
 * Records the forward and backward pass of the Matryoshka loss as commands. Every kernel takes all prefixes at once,
 * so that no command is repeated per prefix.
 *
 * @module
 */
import { centre } from "../../kernels/centre.ts";
import { centringGradient } from "../../kernels/centring_gradient.ts";
import { decoderBiasGradient } from "../../kernels/decoder_bias_gradient.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { rowNorms } from "../../kernels/row_norms.ts";
import { recordDense } from "./dense_recording.ts";
import { recordSparse } from "./sparse_recording.ts";
import type { StepParts } from "./step_tensors.ts";
import type { ParameterTensors, Workspace } from "./workspace.ts";

/** Records the forward pass, and the backward pass if there are `gradients`. `w` owns intermediate tensors. */
export function recordStep(r: Recorder, w: Workspace, parts: StepParts): void {
  const { tensors: { model, norms }, gradients, room } = parts;
  const encoderInput = recordCentring(r, w, parts);
  r.run(rowNorms, { decoder: model.decoder, norms }, {});
  if (room === undefined) recordDense(r, w, parts, encoderInput);
  else recordSparse(r, w, parts, encoderInput, room);
  if (gradients) recordDecoderBiasGradient(r, parts, gradients);
}

/** Records x − c where the encoder sees it; returns the encoder's input. */
function recordCentring(r: Recorder, w: Workspace, parts: StepParts): Tensor {
  const { sizes: { B, d }, loss, tensors: { input, model } } = parts;
  if (!loss.subtractDecoderBias) return input;
  const centred = w.f32(B, d);
  r.run(centre, { input, decoderBias: model.decoderBias, centred }, {});
  return centred;
}

/** Records ∂c, with the part through x − c where the encoder sees it. */
function recordDecoderBiasGradient(
  r: Recorder,
  { loss, tensors: t }: StepParts,
  gradients: ParameterTensors,
): void {
  r.run(
    decoderBiasGradient,
    { reverseSums: t.residualSums, decoderBiasGradient: gradients.decoderBias },
    {},
  );
  if (!loss.subtractDecoderBias) return;
  r.run(centringGradient, {
    encoderBiasGradient: gradients.encoderBias,
    encoder: t.model.encoder,
    decoderBiasGradient: gradients.decoderBias,
  }, {});
}
