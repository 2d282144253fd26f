/**
 * Measures prefixes of a trainer's autoencoder between two steps.
 *
 * @module
 */
import type { Backend, Tensor, Values } from "../../kernels/kernel.ts";
import { type Batch, checkTrainingBatch } from "../model/batch.ts";
import { resolvePenalty } from "../model/penalty.ts";
import { checkPrefixes } from "../model/prefixes.ts";
import { screenOf } from "../step/screen.ts";
import { recordStep } from "../step/step_recording.ts";
import { type StepParts, type StepTensors, stepTensors } from "../step/step_tensors.ts";
import { Workspace } from "../step/workspace.ts";
import { float32Batch, scaledRows } from "./batch_statistics.ts";
import { normalizedBatch } from "./first_batch.ts";
import { stepFrame } from "./frame_choice.ts";
import { annealedKAt } from "./step_controls.ts";
import type { TrainerParts } from "./trainer_parts.ts";
import { recordTotalVariance } from "./update_recording.ts";

/** What {@linkcode Trainer.evaluatePrefixes} measures of one prefix. */
export interface PrefixReading {
  /** The number of latents. */
  readonly prefix: number;
  /**
   * Fraction of the batch's variance that the first latents leave unexplained. Infinity, or NaN if the squared error
   * is 0 too, where the batch does not vary: one row, or rows that are all the same.
   */
  readonly fvu: number;
  /** Mean number of active latents among the first. */
  readonly l0: number;
}

/** The task, for messages. */
export const EVALUATE = "evaluate prefixes";

/** What a caller asks. */
export interface PrefixQuestion {
  readonly batch: Batch;
  readonly prefixes: ArrayLike<number>;
  /** Steps taken. */
  readonly steps: number;
  /** Throws if the trainer has been disposed. */
  checkAlive(): void;
}

/**
 * Measures prefixes by one forward pass. Apart from the parameters and what `DerivedTensors` keeps of them, all tensors
 * are made for the pass, and freed after it.
 */
export async function evaluatePrefixes(
  parts: TrainerParts,
  { batch, prefixes, steps, checkAlive }: PrefixQuestion,
): Promise<PrefixReading[]> {
  const { backend, sizes: { d, N }, options, algorithm, screening, derived, tensors: t, grid } =
    parts;
  if (grid) {
    throw new Error(
      `Cannot ${EVALUATE}: this trainer is one of ${grid.world.size} ranks; evaluateShare measures there`,
    );
  }
  const B = checkTrainingBatch(batch, d, EVALUATE, options.inputScaling !== "none");
  checkPrefixes(prefixes, N, EVALUATE);
  const rows = normalizedBatch(batch, d, options.recipe.inputNormalization, EVALUATE);
  const room = algorithm.roomFor(B);
  const screens = room !== undefined && screening.current;
  await derived.refresh(screens);
  const scale = await backend.read(t.scale);
  checkAlive();
  const w = new Workspace(backend);
  try {
    const step = stepTensors(w, { B, d, N, P: prefixes.length }, { ...t, input: w.f32(B, d) });
    backend.write(step.input, scaled(rows, scale));
    backend.write(step.bounds, prefixes);
    const variance = w.f32(1);
    // k is that of the last step.
    const k = annealedKAt(Math.max(steps - 1, 0), options);
    // The next reading of metrics takes the candidates of the last step from their tensor.
    const screen = screens
      ? { ...screenOf(w, B, derived.screen), candidates: w.f32(1) }
      : undefined;
    const program = w.own(await recordPass(w, parts, { step, variance, k, room, screen }));
    checkAlive();
    backend.submit(program);
    return await readingsOf(backend, step, variance);
  } finally {
    w[Symbol.dispose]();
  }
}

/** Returns rows as the step sees them. The kernel `scaleInput` would move the running norm. */
function scaled(rows: Batch | Float64Array, scale: Values): Float32Array | Float64Array {
  const exact = rows instanceof Float64Array && !(scale instanceof Float32Array);
  return scaledRows(exact ? rows : float32Batch(rows), scale[0], scale);
}

async function recordPass(
  w: Workspace,
  { backend, options, tensors }: TrainerParts,
  { step, variance, k, room, screen }: Pick<StepParts, "room" | "screen"> & {
    readonly step: StepTensors;
    readonly variance: Tensor;
    readonly k: number;
  },
) {
  const [P, B, d] = step.residuals.shape;
  const sizes = { B, d, N: step.norms.shape[0], P };
  const recipe = await stepFrame(w, { sizes, options, tensors, step, k });
  // FVU is a ratio of sums over features, whatever the loss, and has no penalty.
  const penalty = resolvePenalty({ kind: "none" }, EVALUATE);
  const loss = { ...options.loss, ...penalty, squaredError: "sum" as const, k };
  return await backend.record((r) => {
    if (options.recipe.scaleByDecoderNorm) recipe.recordFolding(r);
    recordTotalVariance(r, { totalVariance: variance }, step.input);
    recordStep(r, w, { sizes, loss, tensors: recipe.step, jump: recipe.jump, room, screen });
  });
}

async function readingsOf(
  backend: Backend,
  { bounds, squaredErrors, l0 }: StepTensors,
  totalVariance: Tensor,
): Promise<PrefixReading[]> {
  const [prefixes, errors, active, [variance]] = await Promise.all(
    [bounds, squaredErrors, l0, totalVariance].map((tensor) => backend.read(tensor)),
  );
  return Array.from(prefixes, (prefix, j) => {
    return { prefix, fvu: errors[j] / variance, l0: active[j] };
  });
}
