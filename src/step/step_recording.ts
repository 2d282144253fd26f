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
import { densePhases } from "./dense_recording.ts";
import { sparsePhases } from "./sparse_recording.ts";
import type { StepPhases } from "./step_phases.ts";
import { recordPrefixSums, type StepAdditions, type StepParts } from "./step_tensors.ts";
import { type ParameterTensors, temporariesOf, type Workspace } from "./workspace.ts";

/**
 * Records the forward pass, and the backward pass if there are `gradients`. Codes and arrays [B, N] are temporaries of
 * the program. If more latents are active than the sparse algorithm has room for, the device takes the dense step
 * instead. The norms of the decoder's rows must be in place: see `recordRowNorms`.
 */
export function recordStep(r: Recorder, w: Workspace, parts: StepParts): void {
  const { gradients, room } = parts;
  const encoderInput = recordCentring(r, w, parts);
  const additions = parts.additions?.(encoderInput);
  const recordDense = (r: Recorder) => {
    const dense = densePhases(w, parts, encoderInput, temporariesOf(r));
    dense.encode(r);
    recordFromCodes(r, parts, dense, additions);
  };
  if (room === undefined) {
    recordDense(r);
  } else {
    const sparse = sparsePhases(temporariesOf(r), parts, encoderInput, room);
    const recordSparse = (r: Recorder) => recordFromCodes(r, parts, sparse, additions);
    sparse.encode(r);
    if (alwaysFits(parts, room)) recordSparse(r);
    else r.branch(sparse.overflow, recordSparse, recordDense);
  }
  if (gradients) recordDecoderBiasGradient(r, parts, gradients, additions);
}

/** Whether a selection keeps no more latents than there is room for. Then the device never takes the dense step. */
function alwaysFits({ sizes: { B }, loss: { selection, k } }: StepParts, room: number): boolean {
  return (selection === "topk" || selection === "batchtopk") && Math.floor(k * B) <= room;
}

function recordFromCodes(
  r: Recorder,
  parts: StepParts,
  phases: StepPhases,
  additions?: StepAdditions,
): void {
  phases.sums(r);
  recordPrefixSums(r, parts);
  additions?.afterSums(r);
  phases.residuals(r, parts);
  additions?.beforeGradients(r);
  phases.gradients(r, parts);
  additions?.afterGradients(r);
}

/** Records x − c where the encoder sees it; returns the encoder's input. */
export function recordCentring(r: Recorder, w: Workspace, parts: StepParts): Tensor {
  const { sizes: { B, d }, loss, tensors: { input, model } } = parts;
  if (!loss.subtractDecoderBias) return input;
  const centred = w.f32(B, d);
  r.run(centre, { input, decoderBias: model.decoderBias, centred }, {});
  return centred;
}

/** Records ∂c, with the part through x − c where the encoder sees it. */
function recordDecoderBiasGradient(
  r: Recorder,
  parts: StepParts,
  gradients: ParameterTensors,
  additions?: StepAdditions,
): void {
  const { residualSums } = parts.tensors;
  r.run(
    decoderBiasGradient,
    { reverseSums: residualSums, decoderBiasGradient: gradients.decoderBias },
    {},
  );
  additions?.afterDecoderBias(r);
  recordCentringGradient(r, parts, gradients);
}

/** Records the part of ∂c through x − c where the encoder sees it. */
export function recordCentringGradient(
  r: Recorder,
  { loss, tensors: { model } }: StepParts,
  gradients: ParameterTensors,
): void {
  if (!loss.subtractDecoderBias) return;
  r.run(centringGradient, {
    encoderBiasGradient: gradients.encoderBias,
    encoder: model.encoder,
    decoderBiasGradient: gradients.decoderBias,
  }, {});
}
