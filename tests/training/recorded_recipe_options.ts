/** The options of the recorded runs of other libraries, under our names. */
import type { Penalty, TrainerOptions } from "../../mod.ts";
import { type RecordedRecipe, tensorOf } from "../golden/recipes.ts";

/** Returns the options with which the trainer follows a recorded run, its library's deviations included. */
export function optionsOfRecipe(run: RecordedRecipe): TrainerOptions {
  const { library, name } = run;
  if (/dictionary_learning/.test(library)) {
    return /JumpReLU/.test(name) ? dictionaryJumpReLU(run) : dictionaryTopK(run);
  }
  if (/SAELens/.test(library)) {
    return /JumpReLU/.test(name) ? lensJumpReLU(run) : lensMatryoshka(run);
  }
  if (/bartbussmann/.test(library)) return bussmann(run);
  return /sparsify/.test(library) ? sparsify(run) : openai(run);
}

/** The sizes, and what all libraries do alike. */
function common({ options, inputSize, latentCount, stepCount }: RecordedRecipe) {
  return {
    inputSize,
    latentCount,
    steps: stepCount,
    prefixes: [latentCount],
    inputScaling: "none",
    learningRate: options.lr,
    beta1: 0.9,
    beta2: 0.999,
    squaredError: "sum",
    subtractDecoderBias: true,
  } as const;
}

/** Returns the bounds of groups with these sizes. */
function boundsOf(sizes: readonly number[]): number[] {
  return sizes.map((_, j) => sizes.slice(0, j + 1).reduce((sum, size) => sum + size, 0));
}

function dictionaryTopK(run: RecordedRecipe): TrainerOptions {
  const { options: o, name, inputSize, stepCount } = run;
  return {
    ...common(run),
    activation: { kind: /Batch/.test(name) ? "batchtopk" : "topk", k: o.k },
    ...o.group_sizes !== undefined &&
      { prefixes: boundsOf(o.group_sizes), prefixWeights: o.group_weights },
    prefixReduction: "mean",
    warmupSteps: o.warmup_steps,
    decaySteps: stepCount - o.decay_start,
    decoderBiasStart: "median",
    unitDecoder: "afterUpdate",
    deadAfterRows: o.dead_feature_threshold,
    auxiliary: { weight: o.auxk_alpha },
    inferenceThreshold: {
      rate: 1 - o.threshold_beta,
      after: o.threshold_start_step + 1,
      start: "first",
    },
    ...o.k_anneal_steps > 0 && { annealedK: { from: inputSize, steps: o.k_anneal_steps } },
    compatibility: { projectionEpsilon: 1e-6, lateAnnealedK: true, medianTolerance: 1e-5 },
  };
}

function dictionaryJumpReLU(run: RecordedRecipe): TrainerOptions {
  const { options: o, stepCount } = run;
  return {
    ...common(run),
    subtractDecoderBias: false,
    activation: { kind: "jumprelu", threshold: thresholdOf(run) },
    penalty: { kind: "targetL0", coefficient: o.sparsity_penalty, l0: o.target_l0 },
    sparsityWarmupSteps: o.sparsity_warmup_steps,
    sparsityWarmupFrom: "zero",
    thresholdTraining: { bandwidth: o.bandwidth, logarithm: false },
    warmupSteps: o.warmup_steps,
    decaySteps: stepCount - o.decay_start,
    beta1: 0,
    unitDecoder: "afterUpdate",
    // The library counts as dead what is silent for longer.
    deadAfterRows: o.dead_feature_threshold + 1,
    compatibility: {
      projectionEpsilon: 1e-6,
      windowOverActivations: true,
      negativeActivations: true,
      silentBelowZero: true,
    },
  };
}

function thresholdOf(run: RecordedRecipe): Float32Array {
  const logarithms = tensorOf(run, "initial", "logThreshold");
  return Float32Array.from(logarithms?.map(Math.exp) ?? tensorOf(run, "initial", "threshold")!);
}

function lens(run: RecordedRecipe) {
  const { options: o } = run;
  return {
    ...common(run),
    subtractDecoderBias: o.apply_b_dec_to_input,
    prefixReduction: "sum",
    warmupSteps: o.lr_warm_up_steps,
    warmupFrom: "first",
    decaySteps: o.lr_decay_steps,
    deadAfter: o.dead_feature_window + 1,
  } as const;
}

function lensJumpReLU(run: RecordedRecipe): TrainerOptions {
  const { options: o } = run;
  const coefficient = o.l0_coefficient;
  const penalty: Penalty = o.jumprelu_sparsity_loss_mode === "tanh"
    ? { kind: "tanh", coefficient, scale: o.jumprelu_tanh_scale }
    : { kind: "l0", coefficient };
  return {
    ...lens(run),
    activation: { kind: "jumprelu", threshold: thresholdOf(run) },
    penalty,
    sparsityWarmupSteps: o.l0_warm_up_steps,
    sparsityWarmupFrom: "zero",
    thresholdTraining: {
      bandwidth: o.jumprelu_bandwidth,
      preActivationLoss: o.pre_act_loss_coefficient ?? 0,
    },
    compatibility: { deadBefore: true },
  };
}

function lensMatryoshka(run: RecordedRecipe): TrainerOptions {
  const { options: o } = run;
  return {
    ...lens(run),
    activation: { kind: "batchtopk", k: o.k },
    prefixes: o.matryoshka_widths,
    scaleByDecoderNorm: true,
    auxiliary: { weight: o.aux_loss_coefficient, normalizer: "none", scaleByDead: true },
    inferenceThreshold: { rate: o.topk_threshold_lr, start: "zero" },
    compatibility: { auxiliaryBias: "reconstruction", auxiliaryNegative: true, deadBefore: true },
  };
}

function bussmann(run: RecordedRecipe): TrainerOptions {
  const { options: o, latentCount } = run;
  return {
    ...common(run),
    activation: { kind: "batchtopk", k: o.top_k },
    prefixes: boundsOf(o.group_sizes),
    prefixReduction: "mean",
    squaredError: "mean",
    encoderBias: false,
    penalty: { kind: "l1", coefficient: o.l1_coeff, decoderNorm: false, over: "full" },
    sparsityWarmupSteps: 0,
    warmupSteps: 0,
    decaySteps: 0,
    beta1: o.beta1,
    beta2: o.beta2,
    clipNorm: o.max_grad_norm,
    unitDecoder: "beforeUpdate",
    deadAfter: o.n_batches_to_dead,
    ...Boolean(o.input_unit_norm) && { inputNormalization: { kind: "layerNorm", epsilon: 1e-5 } },
    auxiliary: {
      weight: o.aux_penalty,
      latents: Math.min(o.top_k_aux, latentCount),
      normalizer: "none",
    },
    inferenceThreshold: { rate: 0.01, start: "zero" },
    compatibility: {
      biasPrefix: true,
      auxiliaryAttached: true,
      auxiliaryApplies: "active",
      clipBeforeProjection: true,
    },
  };
}

function sparsify(run: RecordedRecipe): TrainerOptions {
  const { options: o, stepCount } = run;
  return {
    ...common(run),
    activation: { kind: "topk", k: o.k },
    squaredError: "variance",
    decoderBiasStart: "mean",
    warmupSteps: o.lr_warmup_steps,
    decaySteps: stepCount - o.lr_warmup_steps,
    clipNorm: Infinity,
    unitDecoder: "beforeForward",
    deadAfterRows: o.dead_feature_threshold + 1,
    auxiliary: {
      weight: o.auxk_alpha,
      normalizer: "input",
      scaleByDead: true,
      encoderGradient: false,
    },
    multiTopk: o.multi_topk ? 1 / 8 : 0,
    compatibility: {
      auxiliaryBias: "reconstruction",
      deadBefore: true,
      projectionAssumesUnit: true,
      aliveByMultiTopk: o.multi_topk,
    },
  };
}

function openai(run: RecordedRecipe): TrainerOptions {
  const { options: o } = run;
  return {
    ...common(run),
    activation: { kind: "topk", k: o.k },
    squaredError: "mean",
    // The library's scale of the error: one over the variance of a sample.
    prefixWeights: [o.mse_scale],
    warmupSteps: 0,
    decaySteps: 0,
    adamEpsilon: o.eps,
    clipNorm: o.clip_grad,
    unitDecoder: "beforeUpdate",
    deadAfter: o.dead_steps_threshold,
    auxiliary: { weight: o.auxk_coef, latents: o.auxk },
    compatibility: {
      auxiliaryBias: "both",
      auxiliaryApplies: "always",
      firesAbove: 1e-3,
      silenceFromOne: true,
      clipEpsilon: 0,
      carriedGradients: !o.zero_gradients,
    },
  };
}
