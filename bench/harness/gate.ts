/**
 * Compares a participant's numbers with those of the package's float64 reference backend on the same
 * inputs. Nothing is timed that does not pass.
 */
import { encode } from "../../kernels/encode.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { matryoshkaLoss } from "../../src/step/loss.ts";
import { PARAMETER_NAMES, type SaeParameters } from "../../src/model/parameters.ts";
import { norm } from "./statistics.ts";
import { relativeDistance } from "../../tests/relative_error.ts";
import type { Outcome, Task } from "./peer.ts";
import { type Problem, STEP } from "./problem.ts";
import { lossKind } from "./step_options.ts";

const EPSILON = 2 ** -24;
/** Largest relative error of a loss and of gradients, the same as for golden vectors. */
const TOLERANCE = 2e-5;

/** The correct results of a problem. */
export interface Oracle {
  /** relu(x Eᵀ + b). */
  readonly activations: Float64Array;
  /** Number of activations above 0. */
  readonly active: number;
  /** Returns the loss over these prefixes with its gradients; computes each once. */
  loss(prefixes: readonly number[]): Promise<{ loss: number; gradients: SaeParameters }>;
}

/** Encodes a problem in float64. */
export function makeOracle({ parameters, batch, shape: { B, d, N } }: Problem): Oracle {
  const activations = new Float64Array(B * N);
  encode.reference(
    {
      input: Float64Array.from(batch),
      encoder: Float64Array.from(parameters.encoder),
      encoderBias: Float64Array.from(parameters.encoderBias),
      threshold: new Float64Array(N),
      activations,
    },
    { B, d, N },
    { activation: "relu" },
  );
  const known = new Map<string, ReturnType<Oracle["loss"]>>();
  return {
    activations,
    active: activations.reduce((count, f) => count + (f > 0 ? 1 : 0), 0),
    loss(prefixes) {
      const key = prefixes.join();
      if (!known.has(key)) {
        using backend = new ReferenceBackend();
        const options = { ...lossKind(STEP), prefixes, algorithm: "sparse" } as const;
        known.set(key, matryoshkaLoss(backend, parameters, batch, options));
      }
      return known.get(key)!;
    },
  };
}

/** Whether an outcome passed, and the relative errors that were found. */
export interface Verdict {
  readonly passed: boolean;
  readonly text: string;
}

/** Compares an outcome with the oracle. */
export async function judge(
  task: Task,
  outcome: Outcome,
  { parameters, shape: { d, N } }: Problem,
  prefixes: readonly number[],
  oracle: Oracle,
): Promise<Verdict> {
  const largest = new Map<string, number>();
  const wrong: string[] = [];
  const compare = (kind: string, name: string, error: number, tolerance: number) => {
    largest.set(kind, Math.max(largest.get(kind) ?? 0, error));
    // Inverted, so that NaN fails.
    if (!(error <= tolerance)) {
      wrong.push(`${kind} ${name} ${error.toExponential(1)} > ${tolerance.toExponential(1)}`);
    }
  };
  const verdict = (): Verdict => ({
    passed: wrong.length === 0,
    text: [...largest].map(([kind, error]) => `${kind} ${error.toExponential(1)}`).join(", ") +
      (wrong.length > 0 ? `; too large: ${wrong.join(", ")}` : ""),
  });
  if (task === "encode") {
    const error = relativeDistance(outcome.activations ?? [], oracle.activations);
    compare("activations", "f", error, 4 * Math.sqrt(d) * EPSILON);
    return verdict();
  }
  const { loss, gradients } = await oracle.loss(prefixes);
  compare("loss", "L", Math.abs((outcome.loss ?? NaN) - loss) / Math.abs(loss), TOLERANCE);
  if (task === "forward") return verdict();

  // Rounding decides on which side of 0 an activation this small falls. A gradient that is present in
  // one result and absent from the other is a relative error of √(1/active).
  const small = 4 * Math.sqrt(d) * EPSILON;
  const near = oracle.activations.reduce((count, f) => count + (f > 0 && f < small ? 1 : 0), 0);
  const kinks = 2 * Math.sqrt(2 * near / oracle.active);
  const total = Math.hypot(...PARAMETER_NAMES.map((name) => norm(gradients[name])));
  const clip = Math.min(1, STEP.clipNorm / (total + 1e-6));
  // A participant's norm is a float32 sum over all gradients, and scales every update.
  const normError = 4 * Math.sqrt(2 * N * d) * EPSILON;
  for (const name of PARAMETER_NAMES) {
    const error = relativeDistance(outcome.gradients?.[name] ?? [], gradients[name]);
    compare("gradients", name, error, TOLERANCE + kinks);
  }
  for (const name of PARAMETER_NAMES) {
    // In Adam's first update the bias corrections undo the decay of both moments.
    const expected = Float64Array.from(gradients[name], (gradient) => {
      const g = gradient * clip;
      return -STEP.learningRate * g / (Math.abs(g) + STEP.adamEpsilon);
    });
    const before = parameters[name];
    const updated = outcome.updated?.[name] ?? new Float32Array(0);
    const change = Float64Array.from(updated, (value, i) => value - before[i]);
    const rounding = 2 * EPSILON * norm(before) / norm(expected);
    const tolerance = TOLERANCE + kinks + normError + rounding;
    compare("updates", name, relativeDistance(change, expected), tolerance);
  }
  return verdict();
}
