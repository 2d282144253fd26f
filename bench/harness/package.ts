/** The package itself, through its public interface where there is one: encode and forward have none. */

import { encode } from "../../kernels/encode.ts";
import type { Backend } from "../../kernels/kernel.ts";
import { createBackend } from "../../src/backends.ts";
import { matryoshkaLoss } from "../../src/step/loss.ts";
import { type LossKind, resolveLoss, resolvePrefixes } from "../../src/step/loss_options.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import { recordStep } from "../../src/step/step_recording.ts";
import { stepTensors } from "../../src/step/step_tensors.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { TrainerOptions } from "../../src/training/trainer_options.ts";
import { Workspace } from "../../src/step/workspace.ts";
import type { Job, Peer, Running } from "./peer.ts";
import type { STEP } from "./problem.ts";

/** The package on WASM. */
export async function start(threads: number): Promise<Peer> {
  return peerOn(await createBackend("wasm", { threads }));
}

/** The package's oracle, to try the bench itself. */
export async function startReference(): Promise<Peer> {
  return peerOn(await createBackend("reference"));
}

function peerOn(backend: Backend): Peer {
  return {
    description: `@matryoshka/sae ${backend.name}, ${backend.description}`,
    prepare(job, parameters, batch) {
      if (job.task === "encode") return encoding(backend, job, parameters, batch);
      if (job.task === "forward") return forward(backend, job, parameters, batch);
      return step(backend, job, parameters, batch);
    },
  };
}

/** The loss that all participants compute: the trainer's defaults. */
export function lossKind(constants: typeof STEP): LossKind {
  return {
    penalty: {
      kind: "log",
      coefficient: constants.sparsityScale,
      epsilon: constants.logEpsilon,
      subtractLogEpsilon: true,
    },
    prefixReduction: "mean",
    squaredError: "sum",
  };
}

/** Returns the operands of relu(x Eᵀ + b), which `w` owns. */
export function encodeOperands(
  w: Workspace,
  { B, d, N }: { readonly B: number; readonly d: number; readonly N: number },
  parameters: SaeParameters,
  batch: Float32Array,
) {
  return {
    input: w.filled(batch, B, d),
    encoder: w.filled(parameters.encoder, N, d),
    encoderBias: w.filled(parameters.encoderBias, N),
    threshold: w.f32(N),
    activations: w.f32(B, N),
  };
}

function encoding(
  backend: Backend,
  { B, d, N }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  const w = new Workspace(backend);
  const operands = encodeOperands(w, { B, d, N }, parameters, batch);
  const recorded = backend.record((r) => r.run(encode, operands, { activation: "relu" }));
  const again = async () => backend.submit(await recorded);
  return {
    first: again,
    outcome: async () => ({
      activations: Float32Array.from(await backend.read(operands.activations)),
    }),
    again,
  };
}

function forward(
  backend: Backend,
  { B, d, N, path, active, prefixes, constants }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  const loss = resolveLoss(lossKind(constants), N, "run the forward pass");
  const { bounds, weights } = resolvePrefixes(loss, prefixes, N, "run the forward pass");
  const w = new Workspace(backend);
  const sizes = { B, d, N, P: prefixes.length };
  const tensors = stepTensors(w, sizes, {
    model: w.parameters(d, N, parameters),
    input: w.filled(batch, B, d),
    threshold: w.f32(N),
    coefficient: w.filled([loss.coefficient], 1),
  });
  backend.write(tensors.bounds, bounds);
  backend.write(tensors.weights, weights);
  // The trainer makes room for up to four times the active latents, too.
  const room = path === "sparse" ? Math.min(2 * active, B * N) : undefined;
  const recorded = backend.record((r) => recordStep(r, w, { sizes, loss, tensors, room }));
  const again = async () => backend.submit(await recorded);
  return {
    first: again,
    async outcome() {
      const [errors, sparsity] = await Promise.all(
        [tensors.squaredErrors, tensors.sparsity].map((tensor) => backend.read(tensor)),
      );
      const terms = prefixes.map((_, j) => errors[j] + loss.coefficient * sparsity[j]);
      return { loss: terms.reduce((sum, term, j) => sum + weights[j] * term, 0) };
    },
    again,
  };
}

function step(
  backend: Backend,
  { d, N, path, prefixes, constants }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  const options: TrainerOptions = {
    ...lossKind(constants),
    inputSize: d,
    latentCount: N,
    steps: 1000,
    prefixes,
    algorithm: path,
    initial: parameters,
    inputScaling: "none",
    sparsityWarmup: 0,
    warmupSteps: 0,
    learningRate: constants.learningRate,
    beta1: constants.beta1,
    beta2: constants.beta2,
    adamEpsilon: constants.adamEpsilon,
    clipNorm: constants.clipNorm,
  };
  let trainer: Trainer;
  return {
    async first() {
      trainer = await Trainer.create(backend, options);
      await trainer.step(batch);
    },
    async outcome() {
      const { loss } = await trainer.metrics();
      const updated = await trainer.parameters();
      trainer[Symbol.dispose]();
      const kind = { ...lossKind(constants), prefixes, path };
      const { gradients } = await matryoshkaLoss(backend, parameters, batch, kind);
      trainer = await Trainer.create(backend, { ...options, learningRate: 0 });
      return { loss, gradients, updated };
    },
    again: () => trainer.step(batch),
  };
}
