/** What is timed of the package: the encode product, and the training step on either path. */

import { encode } from "../../kernels/encode.ts";
import type { Backend, Program } from "../../kernels/kernel.ts";
import { matryoshkaLoss, Trainer, type TrainerOptions } from "../../mod.ts";
import { Workspace } from "../../src/step/workspace.ts";
import type { Outcome } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";
import { encodeOperands, lossKind } from "../harness/package.ts";

/** Steps after which the sparse path has made its room as small as the measured density allows. */
const SETTLING_STEPS = 33;

/** Something to time, and what it gave when it first ran. */
export interface Subject extends Disposable {
  /** All commands, on data that is on the device. */
  readonly program: Program;
  readonly outcome: Outcome;
  /** Milliseconds of the first run, with compiling. */
  readonly firstMs: number;
  /** The same from data on the host, where that differs: a `Trainer.step`. */
  fromHost?(): Promise<void>;
}

/** relu(x Eᵀ + b), all of [B, N]. */
export async function encodeSubject(
  backend: Backend,
  { shape, parameters, batch }: Problem,
): Promise<Subject> {
  const w = new Workspace(backend);
  const operands = encodeOperands(w, shape, parameters, batch);
  const start = performance.now();
  const program = w.own(
    await backend.record((r) => r.run(encode, operands, { activation: "relu" })),
  );
  backend.submit(program);
  await backend.idle();
  const firstMs = performance.now() - start;
  const activations = await backend.read(operands.activations) as Float32Array;
  return {
    program,
    outcome: { activations },
    firstMs,
    [Symbol.dispose]: () => w[Symbol.dispose](),
  };
}

/** The step that all participants take: see `STEP`. */
function trainerOptions(
  { shape: { d, N }, parameters }: Problem,
  prefixes: readonly number[],
  path: "dense" | "sparse",
  learningRate: number,
): TrainerOptions {
  return {
    ...lossKind(STEP),
    inputSize: d,
    latentCount: N,
    steps: 1_000_000,
    prefixes,
    path,
    initial: parameters,
    inputScaling: "none",
    sparsityWarmup: 0,
    warmupSteps: 0,
    learningRate,
    beta1: STEP.beta1,
    beta2: STEP.beta2,
    adamEpsilon: STEP.adamEpsilon,
    clipNorm: STEP.clipNorm,
  };
}

/**
 * A training step. Its outcome is that of a first step; what is timed has learning rate 0, which
 * costs the same and keeps the density where it is.
 */
export async function stepSubject(
  backend: Backend,
  problem: Problem,
  path: "dense" | "sparse",
): Promise<Subject> {
  const { parameters, batch, prefixes } = problem;
  const start = performance.now();
  let firstMs = 0, outcome: Outcome = {};
  {
    const options = trainerOptions(problem, prefixes, path, STEP.learningRate);
    using trainer = await Trainer.create(backend, options);
    await trainer.step(batch);
    await backend.idle();
    firstMs = performance.now() - start;
    const { loss } = await trainer.metrics();
    outcome = { loss, updated: await trainer.parameters() };
  }
  const kind = { ...lossKind(STEP), prefixes, path };
  const { gradients } = await matryoshkaLoss(backend, parameters, batch, kind);
  let program: Program | undefined;
  const submit = backend.submit.bind(backend);
  backend.submit = (submitted) => {
    program = submitted;
    submit(submitted);
  };
  const trainer = await Trainer.create(backend, trainerOptions(problem, prefixes, path, 0));
  try {
    const steps = path === "sparse" ? SETTLING_STEPS : 1;
    for (let s = 0; s < steps; s++) await trainer.step(batch);
  } catch (error) {
    trainer[Symbol.dispose]();
    throw error;
  } finally {
    backend.submit = submit;
  }
  return {
    program: program!,
    outcome: { ...outcome, gradients },
    firstMs,
    fromHost: () => trainer.step(batch),
    [Symbol.dispose]: () => trainer[Symbol.dispose](),
  };
}
