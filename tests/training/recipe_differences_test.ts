/** The gradients of a recipe's terms, against central differences of the loss in float64. */

import { assert, assertEquals } from "@std/assert";
import {
  createBackend,
  Random,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";

const SIZES = { inputSize: 4, latentCount: 9, steps: 10 };
const B = 12;

/** Half the width of a difference: its error is of the order of h², and rounding adds 1e-16 / h. */
const H = 1e-5;
const MOST = 1e-6;

/** A term, and the tensors and latents whose gradient is the derivative of the whole loss. */
interface Case {
  readonly name: string;
  readonly options: Partial<TrainerOptions>;
  readonly tensors: readonly string[];
  /** "dead": the residual is a constant to the term, and dead latents have no part in it. */
  readonly latents: "all" | "dead";
}

const ALL = ["encoder", "encoderBias", "decoder", "decoderBias"];
const OWN = ["encoder", "encoderBias", "decoder"];
const TOPK = { activation: { kind: "topk", k: 2 }, prefixes: [3, 9] } as const;
const JUMP = { activation: { kind: "jumprelu", threshold: 0.7 }, prefixes: [9] } as const;

const CASES: readonly Case[] = [
  { name: "AuxK", options: { ...TOPK, auxiliary: { weight: 0.7 } }, tensors: OWN, latents: "dead" },
  {
    name: "AuxK of each prefix",
    options: { ...TOPK, auxiliary: { weight: 0.7, perPrefix: true } },
    tensors: OWN,
    latents: "dead",
  },
  {
    name: "AuxK divided by the variance of the inputs, weakened while few are dead",
    options: { ...TOPK, auxiliary: { weight: 0.7, normalizer: "input", scaleByDead: true } },
    tensors: OWN,
    latents: "dead",
  },
  {
    name: "AuxK whose residual is no constant",
    options: {
      ...TOPK,
      auxiliary: { weight: 0.7, normalizer: "none" },
      compatibility: { auxiliaryAttached: true },
    },
    tensors: ALL,
    latents: "all",
  },
  {
    name: "AuxK with c in the reconstruction and scaled pre-activations",
    options: {
      ...TOPK,
      scaleByDecoderNorm: true,
      auxiliary: { weight: 0.7, normalizer: "none" },
      compatibility: { auxiliaryBias: "both", auxiliaryAttached: true },
    },
    tensors: OWN,
    latents: "all",
  },
  {
    name: "error over variance",
    options: { ...TOPK, squaredError: "variance" },
    tensors: ALL,
    latents: "all",
  },
  {
    name: "a wider top-k",
    // Its gradient does not go through the encoder, as in sparsify.
    options: { ...TOPK, multiTopk: 0.3, subtractDecoderBias: false },
    tensors: ["decoder", "decoderBias"],
    latents: "all",
  },
  {
    name: "the tanh penalty",
    options: {
      ...JUMP,
      penalty: { kind: "tanh", coefficient: 0.2, scale: 1.5 },
      sparsityWarmupSteps: 0,
      thresholdTraining: { bandwidth: 0.01 },
    },
    tensors: ALL,
    latents: "all",
  },
  {
    name: "l1 of the full code without decoder norms",
    options: {
      activation: { kind: "relu" },
      prefixes: [3, 9],
      penalty: { kind: "l1", coefficient: 0.2, decoderNorm: false, over: "full" },
      sparsityWarmupSteps: 0,
    },
    tensors: ALL,
    latents: "all",
  },
  {
    name: "the pre-activation loss",
    options: { ...JUMP, thresholdTraining: { bandwidth: 0.01, preActivationLoss: 0.4 } },
    tensors: [...OWN, "thresholdParameter"],
    latents: "dead",
  },
];

/** Takes one step that moves nothing, from the tensors given. */
async function stepFrom(options: TrainerOptions, state: TrainerState, batch: Float32Array) {
  using backend = await createBackend("reference");
  using trainer = await Trainer.resume(backend, options, state);
  await trainer.step(batch);
  return { metrics: await trainer.metrics(), after: await trainer.state() };
}

for (const { name, options: changed, tensors, latents } of CASES) {
  Deno.test(`gradients of ${name} agree with central differences`, async () => {
    const options: TrainerOptions = {
      ...SIZES,
      penalty: { kind: "none" },
      inputScaling: "none",
      subtractDecoderBias: true,
      learningRate: 0,
      // The first moments are then the gradients.
      beta1: 0,
      clipNorm: Infinity,
      deadAfter: 1,
      ...changed,
    };
    const random = Random.fromSeed(4);
    const batch = Float32Array.from({ length: B * 4 }, () => random.normal());
    using backend = await createBackend("reference");
    using fresh = await Trainer.create(backend, options);
    const start = await fresh.state();
    const draw = (values: ArrayLike<number>) =>
      Float64Array.from({ length: values.length }, () => 0.7 * random.normal());
    const { encoder, encoderBias, decoder, decoderBias } = start.tensors;
    // The last three latents are silent under top-k and jumprelu, and dead at once.
    const bias = draw(encoderBias).map((value, i) => i < 6 ? value + 1 : 0.1 * value);
    const own = {
      encoder: draw(encoder).map((value, n) => n < 24 ? value : 0.1 * value),
      encoderBias: bias,
      decoder: draw(decoder),
      decoderBias: draw(decoderBias),
    };
    const state: TrainerState = { ...start, tensors: { ...start.tensors, ...own } };
    const { metrics, after } = await stepFrom(options, state, batch);
    if (latents === "dead") assert(metrics.deadLatents > 0, "no latent is dead");
    const dead = Array.from(after.tensors.silentSteps, (silent) => silent > 0);
    for (const tensor of tensors) {
      const values = state.tensors[tensor] as Float64Array;
      const name = tensor === "thresholdParameter" ? "threshold" : tensor;
      const gradient = after.tensors[`firstMoments.${name}`];
      const width = tensor === "decoderBias" ? values.length : values.length / 9;
      for (let n = 0; n < values.length; n++) {
        if (latents === "dead" && !dead[Math.floor(n / width)]) continue;
        const lossAt = async (h: number) => {
          const moved = values.map((value, at) => at === n ? value + h : value);
          const from = { ...state, tensors: { ...state.tensors, [tensor]: moved } };
          return (await stepFrom(options, from, batch)).metrics.loss;
        };
        const difference = (await lossAt(H) - await lossAt(-H)) / (2 * H);
        const error = Math.abs(difference - gradient[n]);
        assert(
          error <= MOST * Math.max(1, Math.abs(difference)),
          `∂${tensor}[${n}]: ${gradient[n]}, not ${difference}`,
        );
      }
    }
    assertEquals(after.step, 1);
  });
}
