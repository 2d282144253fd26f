/** The package's work that is timed on a GPU: the encode, and the training step by either algorithm. */

import type { Backend, Program } from "../../kernels/kernel.ts";
import { matryoshkaLoss, Trainer } from "../../mod.ts";
import { recordEncoding } from "../harness/encoding.ts";
import type { Algorithm, Outcome } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";
import { lossKind, trainerOptions } from "../harness/step_options.ts";

/** After this many steps a sparse step's room has shrunk as far as the measured density allows. */
const SETTLING_STEPS = 33;

/** Something to time, and its first results. */
export interface Subject extends Disposable {
  /** All commands, on data that is on the device. */
  readonly program: Program;
  readonly outcome: Outcome;
  /** Milliseconds of the first run, including compilation. */
  readonly firstMs: number;
  /** Runs from data on the host, where that differs: a `Trainer.step`. */
  fromHost?(): Promise<void>;
}

/** Prepares relu(x Eᵀ + b), all of [B, N]. */
export async function encodeSubject(
  backend: Backend,
  { parameters, batch }: Problem,
): Promise<Subject> {
  const start = performance.now();
  const encoding = await recordEncoding(backend, parameters, batch);
  backend.submit(encoding.program);
  await backend.idle();
  const firstMs = performance.now() - start;
  return {
    program: encoding.program,
    outcome: { activations: await encoding.read() },
    firstMs,
    [Symbol.dispose]: () => encoding[Symbol.dispose](),
  };
}

/**
 * Prepares a training step. Its outcome is that of a first step. The timed steps have learning rate
 * 0, which costs the same and keeps the density constant.
 */
export async function stepSubject(
  backend: Backend,
  { parameters, batch, prefixes }: Problem,
  algorithm: Algorithm,
): Promise<Subject> {
  const options = trainerOptions({ parameters, prefixes, algorithm, constants: STEP });
  const first = await firstStep(backend, options, batch);
  const kind = { ...lossKind(STEP), prefixes, algorithm };
  const { gradients } = await matryoshkaLoss(backend, parameters, batch, kind);
  const trainer = await Trainer.create(backend, { ...options, learningRate: 0 });
  const program = await programOf(backend, trainer, async () => {
    const steps = algorithm === "sparse" ? SETTLING_STEPS : 1;
    for (let s = 0; s < steps; s++) await trainer.step(batch);
  });
  return {
    program,
    outcome: { ...first.outcome, gradients },
    firstMs: first.ms,
    fromHost: async () => await trainer.step(batch),
    [Symbol.dispose]: () => trainer[Symbol.dispose](),
  };
}

async function firstStep(
  backend: Backend,
  options: Parameters<typeof Trainer.create>[1],
  batch: Float32Array,
): Promise<{ ms: number; outcome: Outcome }> {
  const start = performance.now();
  using trainer = await Trainer.create(backend, options);
  await trainer.step(batch);
  await backend.idle();
  const ms = performance.now() - start;
  const { loss } = await trainer.metrics();
  return { ms, outcome: { loss, updated: await trainer.parameters() } };
}

/** Takes steps and returns the last program that they submitted: a trainer does not show its own. */
async function programOf(
  backend: Backend,
  trainer: Trainer,
  takeSteps: () => Promise<void>,
): Promise<Program> {
  const submit = backend.submit.bind(backend);
  let last: Program | undefined;
  backend.submit = (program) => {
    last = program;
    submit(program);
  };
  try {
    await takeSteps();
  } catch (error) {
    trainer[Symbol.dispose]();
    throw error;
  } finally {
    backend.submit = submit;
  }
  return last!;
}
