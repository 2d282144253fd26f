/**
 * The programs of a rank's steps of one kind.
 *
 * @module
 */
import type { Program, Recorder } from "../../../kernels/kernel.ts";
import { screenOf } from "../../step/screen.ts";
import type { StepTensors } from "../../step/step_tensors.ts";
import type { Workspace } from "../../step/workspace.ts";
import { BatchInput } from "../batch_input.ts";
import type { RunnerParts } from "../step_programs.ts";
import { recordNorm } from "../update_recording.ts";
import type { RankGrid } from "./grid.ts";
import {
  type RankPhases,
  type RankRecording,
  recordRankEncode,
  recordRankGradients,
  recordRankResiduals,
  recordRankSums,
  recordRankUpdate,
  selectsOverRanks,
} from "./rank_recording.ts";
import { rankTensors, tensorsFor, widestTensors } from "./rank_tensors.ts";

/** Everything on which the programs of a step depend, apart from how many prefixes end on the rank. */
export interface RankStepKind {
  /** Rows that this rank computes. */
  readonly B: number;
  /** Rows of the batch over all replicas. */
  readonly batchRows: number;
  /** Prefixes. */
  readonly P: number;
  readonly float16: boolean;
  /** Active latents per row that the sparse algorithm has room for; undefined computes densely. */
  readonly roomPerRow: number | undefined;
  /** Whether the sparse algorithm screens. */
  readonly screens: boolean;
}

/** The programs that depend on how many prefixes end on the rank. */
export interface EndingPrograms {
  readonly tensors: StepTensors;
  readonly residuals: Program;
  readonly gradients: Program;
}

/** The programs of a kind of step. */
export class RankPrograms {
  readonly recording: RankRecording;
  readonly phases: RankPhases;
  /** Up to the activations or codes; up to the sums, too, unless a selection over ranks comes between. */
  readonly encode: Program;
  /** The sums, after a selection over ranks. */
  readonly sums: Program | undefined;
  /** The norm of the gradients, after replicas have added theirs. */
  readonly norm: Program | undefined;
  readonly update: Program;
  readonly #w: Workspace;
  readonly #endings = new Map<number, EndingPrograms>();

  private constructor(
    w: Workspace,
    recording: RankRecording,
    phases: RankPhases,
    programs: Pick<RankPrograms, "encode" | "sums" | "norm" | "update">,
  ) {
    this.#w = w;
    this.recording = recording;
    this.phases = phases;
    this.encode = programs.encode;
    this.sums = programs.sums;
    this.norm = programs.norm;
    this.update = programs.update;
  }

  /** Records the programs. The workspace owns them and their tensors. */
  static async record(
    w: Workspace,
    runner: RunnerParts,
    grid: RankGrid,
    kind: RankStepKind,
  ): Promise<RankPrograms> {
    const recording = makeRecording(w, runner, grid, kind);
    const program = async (body: (r: Recorder) => void) => w.own(await w.backend.record(body));
    const selects = selectsOverRanks(runner.options.loss);
    let phases: RankPhases | undefined;
    const encode = await program((r) => {
      phases = recordRankEncode(r, w, recording);
      if (!selects) recordRankSums(r, recording, phases);
    });
    return new RankPrograms(w, recording, phases!, {
      encode,
      sums: selects ? await program((r) => recordRankSums(r, recording, phases!)) : undefined,
      norm: grid.peers.size > 1
        ? await program((r) => recordNorm(r, runner.tensors, recording.tensors.zeros))
        : undefined,
      update: await program((r) => recordRankUpdate(r, w, recording)),
    });
  }

  /** Returns the programs for steps in which P prefixes end on the rank. */
  async ending(P: number): Promise<EndingPrograms> {
    const known = this.#endings.get(P);
    if (known) return known;
    const w = this.#w;
    const { parts } = this.recording;
    const tensors = tensorsFor(w, P, parts.tensors);
    const recording = { ...this.recording, parts: { ...parts, tensors } };
    const program = async (body: (r: Recorder) => void) => w.own(await w.backend.record(body));
    const made = {
      tensors,
      residuals: await program((r) => recordRankResiduals(r, w, recording, this.phases)),
      gradients: await program((r) => recordRankGradients(r, recording, this.phases)),
    };
    this.#endings.set(P, made);
    return made;
  }
}

function makeRecording(
  w: Workspace,
  runner: RunnerParts,
  grid: RankGrid,
  { B, batchRows, P, float16, roomPerRow, screens }: RankStepKind,
): RankRecording {
  const { options: { inputScaling, loss }, tensors: t } = runner;
  const [N, d] = t.model.encoder.shape;
  const sizes = { B, d, N, P };
  // The scale depends on all rows: where a rank has only some, the host scales them.
  const scaled = inputScaling !== "none" && grid.peers.size === 1;
  const batch = new BatchInput(w, { rows: B, inputSize: d, float16, scaled });
  const tensors = rankTensors(w, sizes, batch.input, grid);
  // Of a batch's k·B largest, all may be in the rows of this rank.
  const k = loss.selection === "batchtopk" ? Math.ceil(loss.k * batchRows / B) : loss.k;
  const room = selectsOverRanks(loss) ? k : roomPerRow;
  const parts = {
    sizes,
    loss: { ...loss, k: Math.min(k, N) },
    tensors: widestTensors(w, sizes, t, tensors),
    room: roomPerRow === undefined ? undefined : B * Math.min(room!, N),
    screen: screens ? screenOf(w, B, runner.derived.screen) : undefined,
    gradients: t.gradients,
  };
  return { runner, grid, batch, tensors, parts, batchRows };
}
