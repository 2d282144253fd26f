/** The problem that every runtime solves, and the check of its figures. */
import { assert } from "@std/assert";
import * as library from "../../../mod.ts";
import { goldenLosses, lossOptionsOf, parametersOf } from "../../golden/golden.ts";
import { type Figures, type Problem, train } from "../programme/programme.ts";

/** The golden vector of the problem: the author's conventions, with four prefixes of 24 latents. */
const GOLDEN = "author code conventions";

/** Returns the problem, and the checkpoint with its parameters. */
export async function makeProblem(): Promise<{ problem: Problem; checkpoint: Uint8Array }> {
  const golden = (await goldenLosses()).find(({ name }) => name.startsWith(GOLDEN))!;
  const { prefixes } = golden.options;
  const { activation, ...options } = lossOptionsOf(golden);
  const sae = {
    parameters: parametersOf(golden, golden.parameters),
    activation: activation!,
    subtractDecoderBias: false,
    prefixes,
  };
  const { loss, perPrefix, gradients } = golden;
  return {
    checkpoint: library.saveSae(sae, "native")["sae.safetensors"],
    problem: {
      batch: golden.batch,
      prefixes,
      options: { activation, ...options },
      expected: {
        loss,
        activations: golden.activations,
        gradients,
        squaredErrors: perPrefix.map(({ squaredError }) => squaredError),
        l0: perPrefix.map(({ l0 }) => l0),
      },
    },
  };
}

/**
 * The tolerance 4·√K·2⁻²⁴ of the conformance tests, for gradients that sum up to K = 16 · 24 products, times 4 for
 * the cancellation between them.
 */
const TOLERANCE = 4 * 4 * Math.sqrt(16 * 24) * 2 ** -24;

/** The tolerance after 50 steps, in which Adam amplifies rounding errors: that of the recorded runs. */
const TRAINING_TOLERANCE = 1e-3;

let trained: Promise<[number, number]> | undefined;

/** Returns the losses of training in float64. */
function expectedTraining(): Promise<[number, number]> {
  trained ??= library.createBackend("reference").then((backend) => train(library, backend));
  return trained;
}

/** Throws unless the figures agree with the golden vector and with training in float64. */
export async function assertFigures(what: string, figures: Figures): Promise<void> {
  for (const name of ["lossError", "codesError", "decodeError"] as const) {
    assert(
      figures[name] <= TOLERANCE,
      `${what}: ${name} is ${figures[name]} but at most ${TOLERANCE} is permitted`,
    );
  }
  const expected = await expectedTraining();
  for (const [i, loss] of figures.trained.entries()) {
    const error = Math.abs(loss / expected[i] - 1);
    assert(
      error <= TRAINING_TOLERANCE,
      `${what}: the training loss is ${loss} but must be ${expected[i]}`,
    );
  }
  assert(figures.trained[1] < figures.trained[0], `${what}: training did not lower the loss`);
}
