/** What every runtime computes, and what has to come out. */
import { assert } from "@std/assert";
import * as library from "../../../mod.ts";
import { goldenLosses, lossOptionsOf, parametersOf } from "../../golden/golden.ts";
import { type Figures, type Problem, train } from "../programme/programme.ts";

/** The golden vector that is computed: the author's conventions, four prefixes of 24 latents. */
const GOLDEN = "author code conventions";

/** The problem, and the checkpoint whose parameters it is about. */
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
 * 4·√K·2⁻²⁴ for the K = 16 · 24 products that a gradient sums at most, times 4 for the cancellation
 * between them, as for the conformance of the backends.
 */
const TOLERANCE = 4 * 4 * Math.sqrt(16 * 24) * 2 ** -24;

/** 50 steps multiply the rounding of one by what Adam makes of it: the bound of the recorded runs. */
const TRAINING_TOLERANCE = 1e-3;

let trained: Promise<[number, number]> | undefined;

/** The losses of training in float64. */
function expectedTraining(): Promise<[number, number]> {
  trained ??= library.createBackend("reference").then((backend) => train(library, backend));
  return trained;
}

/** Throws unless the figures are those of the golden vector and of the float64 training. */
export async function assertFigures(what: string, figures: Figures): Promise<void> {
  for (const name of ["lossError", "codesError", "decodeError"] as const) {
    assert(figures[name] <= TOLERANCE, `${what}: ${name} is ${figures[name]}, not ${TOLERANCE}`);
  }
  const expected = await expectedTraining();
  for (const [i, loss] of figures.trained.entries()) {
    const error = Math.abs(loss / expected[i] - 1);
    assert(error <= TRAINING_TOLERANCE, `${what}: loss ${loss} in training, not ${expected[i]}`);
  }
  assert(figures.trained[1] < figures.trained[0], `${what}: training did not lower the loss`);
}
