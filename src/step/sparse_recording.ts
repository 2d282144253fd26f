/**
 * Records a step over the active latents only. See docs/mathematics.md for the formulas.
 *
 * @module
 */
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import { encodeScreened } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { quantizeRows } from "../../kernels/quantize_rows.ts";
import { sparseDecode } from "../../kernels/sparse_decode.ts";
import { sparseLatentGradients } from "../../kernels/sparse_latent_gradients.ts";
import { sparseLatentSums } from "../../kernels/sparse_latent_sums.ts";
import { sparseReverseSums } from "../../kernels/sparse_reverse_sums.ts";
import { onFirstUse, type StepPhases } from "./step_phases.ts";
import { errorScale, type LatentCodes, type RowCodes, type StepParts } from "./step_tensors.ts";
import type { ParameterTensors, TensorMaker } from "./workspace.ts";

/** The phases over the active latents. After an overflow, the phases of the dense algorithm must follow the encode. */
export interface SparsePhases extends StepPhases {
  readonly codes: RowCodes;
  /** 1 if more latents are active than there is room for: u32 [1]. */
  readonly overflow: Tensor;
}

/** Returns the phases of the sparse algorithm, with room for this many active latents of the batch. `w` makes the codes. */
export function sparsePhases(
  w: TensorMaker,
  parts: StepParts,
  encoderInput: Tensor,
  room: number,
): SparsePhases {
  const { sizes: { B, N }, jump } = parts;
  const rowCodes = () => ({ rowOffsets: w.u32(B + 1), indices: w.u32(room), values: w.f32(room) });
  const codes = rowCodes();
  // Thresholds that are trained depend on pre-activations below them, too.
  const window = jump && rowCodes();
  const overflow = w.u32(1);
  const latentCodes = () =>
    onFirstUse((): LatentCodes => ({
      latentOffsets: w.u32(N + 1),
      latentRows: w.u32(room),
      latentValues: w.f32(room),
    }));
  const byLatent = latentCodes();
  const windowByLatent = latentCodes();
  return {
    codes,
    overflow,
    encode: (r) => recordEncoding(r, parts, encoderInput, { codes, window, overflow }),
    sums: (r) => {
      r.run(codesByLatent, { ...codes, ...byLatent() }, {});
      recordLatentSums(r, parts, byLatent());
      parts.readings?.ofCodes(r, codes, byLatent());
    },
    decode: (r, reconstruction, zeros) => {
      const { decoder } = parts.tensors.model;
      r.run(sparseDecode, { ...codes, decoder, decoderBias: zeros, reconstruction }, { prefix: N });
    },
    residuals: (r, parts) => recordResidualSums(r, parts, codes),
    gradients: (r, parts) => {
      const { gradients } = parts;
      if (!gradients) return;
      recordGradients(r, parts, encoderInput, byLatent(), gradients);
      if (window) jump!.gradientOfCodes(r, parts, window, windowByLatent());
    },
  };
}

function recordEncoding(
  r: Recorder,
  parts: StepParts,
  input: Tensor,
  { codes, window, overflow }: {
    readonly codes: RowCodes;
    readonly window?: RowCodes;
    readonly overflow: Tensor;
  },
): void {
  const { screen, jump, loss: { selection, k }, tensors: { model, threshold } } = parts;
  if (window) return jump!.encodeCodes(r, parts, input, { window, codes, overflow });
  const { encoder, encoderBias } = model;
  const operands = { input, encoder, encoderBias, threshold, ...codes, overflow };
  if (screen === undefined) return r.run(encodeSparse, operands, { selection, k });
  const { quantizedRows, rowBounds } = screen;
  r.run(quantizeRows, { input, quantized: quantizedRows, bounds: rowBounds }, {});
  r.run(encodeScreened, { ...operands, ...screen }, { selection, k });
}

function recordLatentSums(
  r: Recorder,
  { sizes: { B }, loss, tensors: { norms, penalties, counts, squares } }: StepParts,
  { latentOffsets, latentValues }: LatentCodes,
): void {
  r.run(
    sparseLatentSums,
    { latentOffsets, latentValues, norms, penalties, counts, squares },
    { ...loss.penalty, rows: B },
  );
}

/** Records the squared errors and G in one visit: the residuals of a row are never written. */
function recordResidualSums(r: Recorder, parts: StepParts, codes: RowCodes): void {
  const { model: { decoder, decoderBias }, input, bounds, weights, residualSums, squaredErrors } =
    parts.tensors;
  const scale = errorScale(parts);
  r.run(
    sparseReverseSums,
    {
      ...codes,
      decoder,
      decoderBias,
      input,
      bounds,
      weights,
      reverseSums: residualSums,
      squaredErrors,
    },
    { errorScale: scale, gradientScale: 2 * scale },
  );
}

function recordGradients(
  r: Recorder,
  { loss, tensors: t }: StepParts,
  encoderInput: Tensor,
  byLatent: LatentCodes,
  gradients: ParameterTensors,
): void {
  const { norms, bounds, tailWeights: weights, coefficient } = t;
  r.run(sparseLatentGradients, {
    ...byLatent,
    reverseSums: t.residualSums,
    input: encoderInput,
    decoder: t.model.decoder,
    norms,
    bounds,
    weights,
    coefficient,
    encoderGradient: gradients.encoder,
    encoderBiasGradient: gradients.encoderBias,
    decoderGradient: gradients.decoder,
  }, loss.penalty);
}
