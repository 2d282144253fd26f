/** Takes the recorded runs of other libraries' trainers again, through the public trainer. */
import {
  type Backend,
  type SaeParameters,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { elementsOf, type RecordedRecipe, type RecordedStep, tensorOf } from "../golden/recipes.ts";
import type { Algorithm } from "./golden_runs.ts";
import { optionsOfRecipe } from "./recorded_recipe_options.ts";

/** A recorded run, taken again: its figures, and its final parameters as the backend has them. */
export interface FollowedRecipe {
  readonly figures: readonly StepMetrics[];
  readonly final: TrainerState["tensors"];
}

/** Takes a recorded run again. */
export async function followRecipe(
  backend: Backend,
  run: RecordedRecipe,
  algorithm: Algorithm,
  changed: Partial<TrainerOptions> = {},
): Promise<FollowedRecipe> {
  const initial = initialOf(run);
  const options = { ...optionsOfRecipe(run), algorithm, ...changed };
  using fresh = await Trainer.create(backend, { ...options, initial });
  // In float64, as recorded: options take initial thresholds in float32.
  using trainer = await Trainer.resume(backend, options, withThresholds(await fresh.state(), run));
  const figures: StepMetrics[] = [];
  for (const batch of run.batches) {
    await trainer.step(Float32Array.from(elementsOf(batch)));
    figures.push(await trainer.metrics());
  }
  return { figures, final: (await trainer.state()).tensors };
}

function initialOf(run: RecordedRecipe): SaeParameters {
  const { inputSize, latentCount, library } = run;
  const values = (name: string) => Float32Array.from(tensorOf(run, "initial", name)!);
  return {
    inputSize,
    latentCount,
    encoder: values("encoder"),
    // Bussmann's trainer has a bias that nothing uses.
    encoderBias: library.startsWith("bart") ? new Float32Array(latentCount) : values("encoderBias"),
    decoder: values("decoder"),
    decoderBias: values("decoderBias"),
  };
}

function withThresholds(state: TrainerState, run: RecordedRecipe): TrainerState {
  const recorded = tensorOf(run, "initial", "threshold") ??
    tensorOf(run, "initial", "logThreshold");
  if (recorded === undefined) return state;
  const held = state.tensors.thresholdParameter;
  const thresholdParameter = held instanceof Float64Array ? recorded : Float32Array.from(recorded);
  return { ...state, tensors: { ...state.tensors, thresholdParameter } };
}

/** Our names of the figures, where a recording has them. */
function expectedOf(
  run: RecordedRecipe,
  step: RecordedStep,
  weight: number,
): Record<string, number | undefined> {
  const { loss, l0, learningRate, gradientNorm, auxLoss, threshold } = step;
  return {
    loss,
    // With multi-topk, the library reports L0 of the wider selection.
    l0: run.options.multi_topk ? run.options.k : l0,
    learningRate,
    gradientNorm,
    // SAELens reports the pre-activation loss of jumprelu under this name.
    [/JumpReLU/.test(run.name) ? "preActivationLoss" : "auxiliaryLoss"]:
      auxLoss === null || auxLoss === undefined ? undefined : auxLoss * weight,
    // Until it starts, one library says −1.
    threshold: threshold !== undefined && threshold > 0 ? threshold : undefined,
  };
}

/** What is wrong with a run that was followed; empty if nothing is. */
export function recipeComplaints(
  run: RecordedRecipe,
  { figures, final }: FollowedRecipe,
  most: number,
): string[] {
  const found: string[] = [];
  const complain = (what: string, error: number) => {
    // Written so that NaN fails, too.
    if (!(error <= most)) found.push(`${what} is off by ${error}, more than ${most}`);
  };
  // Two libraries report the auxiliary loss before its weight.
  const { auxiliary } = optionsOfRecipe(run);
  const weight = /dictionary|sparsify/.test(run.library) ? auxiliary?.weight ?? 1 : 1;
  run.steps.forEach((step, s) => {
    for (const [name, expected] of Object.entries(expectedOf(run, step, weight))) {
      if (expected === undefined) continue;
      const got = figures[s][name as "loss"];
      complain(`${name} of step ${s}`, Math.abs(got - expected) / Math.max(Math.abs(expected), 1));
    }
    const dead = deadOf(run, figures, s);
    if (step.dead !== undefined && step.dead !== dead) {
      found.push(`step ${s} has ${dead} dead latents, not ${step.dead}`);
    }
  });
  for (const name of [...PARAMETER_NAMES, "threshold", "logThreshold"]) {
    const expected = tensorOf(run, "final", name);
    if (expected === undefined) continue;
    if (name === "encoderBias" && run.library.startsWith("bart")) continue;
    const got = final[/hreshold/.test(name) ? "thresholdParameter" : name];
    const off = expected.map((value, n) => Math.abs(value - got[n]));
    complain(`${name}`, Math.max(...off));
  }
  return found;
}

/** Returns the dead latents that the library reports at a step: those of its auxiliary loss. */
function deadOf(run: RecordedRecipe, figures: readonly StepMetrics[], s: number): number {
  const before = optionsOfRecipe(run).compatibility?.deadBefore;
  if (!before) return figures[s].deadLatents;
  return s === 0 ? 0 : figures[s - 1].deadLatents;
}
