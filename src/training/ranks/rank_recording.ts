/**
 * Records the step of one rank: the step of one machine, cut where ranks exchange sums.
 *
 * @module
 */
import { addToEach } from "../../../kernels/add_to_each.ts";
import { decoderBiasGradient } from "../../../kernels/decoder_bias_gradient.ts";
import type { Recorder } from "../../../kernels/kernel.ts";
import { prefixSums } from "../../../kernels/prefix_sums.ts";
import type { ResolvedActivation } from "../../model/activation.ts";
import { type DensePhases, densePhases } from "../../step/dense_recording.ts";
import { type SparsePhases, sparsePhases } from "../../step/sparse_recording.ts";
import type { StepPhases } from "../../step/step_phases.ts";
import { recordCentring, recordCentringGradient } from "../../step/step_recording.ts";
import type { StepParts } from "../../step/step_tensors.ts";
import type { Workspace } from "../../step/workspace.ts";
import type { BatchInput } from "../batch_input.ts";
import { recordController, type RunnerParts } from "../step_programs.ts";
import {
  recordHistory,
  recordNorm,
  recordTotalVariance,
  recordUpdate,
} from "../update_recording.ts";
import type { RankGrid } from "./grid.ts";
import type { RankTensors } from "./rank_tensors.ts";

/** Everything that the recordings of one kind of step share. */
export interface RankRecording {
  readonly runner: RunnerParts;
  readonly grid: RankGrid;
  readonly batch: BatchInput;
  readonly tensors: RankTensors;
  /** The parts with room for as many prefixes as can end on a rank. */
  readonly parts: StepParts;
  /** Rows of the batch over all replicas. */
  readonly batchRows: number;
}

/** The phases that a rank records. */
export interface RankPhases {
  readonly dense: DensePhases;
  /** The codes, unless activations are dense and need no selection over ranks. */
  readonly sparse?: SparsePhases;
  /** Whether the phases after the encode are those of the dense algorithm. */
  readonly continuesDensely: boolean;
}

/** Returns whether ranks must compare their active latents before they know which are kept: for the top-k selections. */
export function selectsOverRanks({ k }: ResolvedActivation): boolean {
  return k > 0;
}

/** Records the encode. Without a selection over ranks, the sums may follow in the same program. */
export function recordRankEncode(
  r: Recorder,
  w: Workspace,
  { runner: { tensors }, batch, parts }: RankRecording,
): RankPhases {
  batch.record(r, tensors);
  const input = recordCentring(r, w, {
    ...parts,
    tensors: { ...parts.tensors, input: batch.input },
  });
  const dense = densePhases(w, parts, input);
  const { room, loss, sizes: { B } } = parts;
  if (room === undefined && !selectsOverRanks(loss)) {
    dense.encode(r);
    return { dense, continuesDensely: true };
  }
  const sparse = sparsePhases(w, parts, input, room ?? B * loss.k);
  sparse.encode(r);
  return { dense, sparse, continuesDensely: room === undefined };
}

/** Records the sums per latent and per prefix and, if later ranks need it, what this rank's latents reconstruct. */
export function recordRankSums(r: Recorder, recording: RankRecording, phases: RankPhases): void {
  const { grid: { replica }, tensors: t, parts: { sizes: { B }, tensors } } = recording;
  const record = (side: StepPhases) => (r: Recorder) => {
    side.sums(r);
    if (replica.rank + 1 < replica.size) side.decode(r, t.message, t.zeros);
  };
  onEitherSide(r, recording, phases, record, (r) => phases.dense.encode(r));
  const { penalties, counts } = tensors;
  const { contained: bounds, ownSparsity: sparsity, ownL0: l0 } = t;
  r.run(prefixSums, { penalties, counts, bounds, sparsity, l0 }, { rows: B });
}

/** Records the steering of λ, and squared errors and G of the prefixes that end here. The message receives G_0. */
export function recordRankResiduals(
  r: Recorder,
  w: Workspace,
  recording: RankRecording,
  phases: RankPhases,
): void {
  const { runner: { tensors, options }, grid: { replica }, batch, tensors: t, parts } = recording;
  const { sizes: { B, d } } = parts;
  recordController(r, { tensors, options, l0: t.l0 });
  if (replica.rank > 0) {
    r.copy(batch.input, t.shifted);
    r.run(addToEach, { sums: w.view(t.shifted, 1, B, d), addend: t.message }, { scale: -1 });
  }
  onEitherSide(r, recording, phases, (side) => (r) => side.residuals(r, parts));
  if (replica.rank > 0) r.copy(w.view(parts.tensors.residualSums, B, d), t.message);
}

/** Records the gradients, from G and what later ranks add to it. */
export function recordRankGradients(
  r: Recorder,
  recording: RankRecording,
  phases: RankPhases,
): void {
  const { runner: { tensors }, grid: { replica, peers }, tensors: t, parts } = recording;
  const { gradients } = tensors;
  const { residualSums } = parts.tensors;
  if (replica.rank + 1 < replica.size) {
    r.run(addToEach, { sums: residualSums, addend: t.message }, { scale: 1 });
  }
  if (replica.rank === 0) {
    const result = gradients.decoderBias;
    r.run(decoderBiasGradient, { reverseSums: residualSums, decoderBiasGradient: result }, {});
  } else {
    r.copy(t.zeros, gradients.decoderBias);
  }
  onEitherSide(r, recording, phases, (side) => (r) => side.gradients(r, parts));
  recordCentringGradient(r, parts, gradients);
  if (peers.size === 1) recordNorm(r, tensors, t.zeros);
}

/** Records the update, once norm, ∂c and squared errors of all ranks are known. */
export function recordRankUpdate(r: Recorder, w: Workspace, recording: RankRecording): void {
  const { runner: { options, tensors, ring: { slot, rows: ring } }, grid, batch, tensors: step } =
    recording;
  if (grid.peers.size === 1) recordTotalVariance(r, tensors, batch.input);
  const { screen, tensors: { counts, squares } } = recording.parts;
  const { penaltyWeights } = step;
  const rows = recording.batchRows;
  const clipNorm = tensors.norm;
  const parts = { rows, options, tensors, step, penaltyWeights, clipNorm, slot, ring };
  recordUpdate(r, w, { ...parts, screen });
  recordHistory(r, { counts, squares }, parts);
}

/** Records a phase of the algorithm in use; after an overflow of the codes, that of the dense one. */
function onEitherSide(
  r: Recorder,
  { parts: { loss } }: RankRecording,
  { dense, sparse, continuesDensely }: RankPhases,
  record: (side: StepPhases) => (r: Recorder) => void,
  first: (r: Recorder) => void = () => {},
): void {
  if (continuesDensely || sparse === undefined) return record(dense)(r);
  // Candidates of a top-k selection always have room.
  if (selectsOverRanks(loss)) return record(sparse)(r);
  r.branch(sparse.overflow, record(sparse), (r) => {
    first(r);
    record(dense)(r);
  });
}
