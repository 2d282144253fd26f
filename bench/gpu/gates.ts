/** The gates: nothing is timed that does not pass them. */

import {
  type Backend,
  createBackend,
  matryoshkaLoss,
  Random,
  type SaeParameters,
} from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { judge, makeOracle } from "../harness/gate.ts";
import type { Outcome } from "../harness/peer.ts";
import { makeProblem, type Problem, type Shape, STEP } from "../harness/problem.ts";
import { norm } from "../harness/statistics.ts";
import { lossKind } from "../harness/step_options.ts";
import { relativeDistance } from "../../tests/relative_error.ts";
import { encodeSubject, stepSubject } from "./subjects.ts";

const EPSILON = 2 ** -24;
/** Largest difference of two results that are each within 2e-5 of the truth, as golden vectors are. */
const TOLERANCE = 4e-5;
/** This many rows are encoded again in float64. */
const ROWS = 8;
/** Small enough for the float64 reference; the second has no size that is a multiple of a tile's. */
const SMALL: readonly Shape[] = [
  { B: 64, d: 96, N: 640, active: 16, P: 5 },
  { B: 37, d: 51, N: 203, active: 10, P: 3 },
];

/** A line of text for each comparison. */
export type Findings = string[];

/** Compares encode and steps with the float64 reference, on small shapes. */
export async function checkSmall(backend: Backend): Promise<Findings> {
  const found: Findings = [];
  for (const shape of SMALL) {
    const problem = makeProblem(shape, 0.1);
    const oracle = makeOracle(problem);
    const subjects = {
      encode: () => encodeSubject(backend, problem),
      "dense step": () => stepSubject(backend, problem, "dense"),
      "sparse step": () => stepSubject(backend, problem, "sparse"),
    };
    for (const [name, make] of Object.entries(subjects)) {
      using subject = await make();
      const task = name === "encode" ? "encode" : "step";
      const verdict = await judge(task, subject.outcome, problem, problem.prefixes, oracle);
      const title = `${name}, B ${shape.B}, d ${shape.d}, N ${shape.N}`;
      if (!verdict.passed) throw new Error(`${title} is wrong: ${verdict.text}`);
      found.push(`${title}, against float64: ${verdict.text}`);
    }
  }
  return found;
}

/** How far two steps may differ, and how many latents are active. */
export interface Slack {
  readonly tolerance: number;
  readonly active: number;
}

/** Compares some rows of an encoding with float64. */
export function checkEncode(
  { shape: { B, d, N }, parameters: { encoder, encoderBias }, batch }: Problem,
  activations: Float32Array,
): { findings: Findings; slack: Slack } {
  const random = Random.fromSeed(7);
  let worst = 0;
  for (let n = 0; n < Math.min(ROWS, B); n++) {
    const b = random.integer(B);
    const expected = new Float64Array(N);
    for (let i = 0; i < N; i++) {
      let sum = encoderBias[i];
      for (let k = 0; k < d; k++) sum += batch[b * d + k] * encoder[i * d + k];
      expected[i] = Math.max(sum, 0);
    }
    worst = Math.max(worst, relativeDistance(activations.subarray(b * N, (b + 1) * N), expected));
  }
  const tolerance = 4 * Math.sqrt(d) * EPSILON;
  if (!(worst <= tolerance)) throw new Error(`encode is wrong: ${worst} > ${tolerance}`);
  // Rounding decides on which side of 0 activations this small fall.
  let active = 0;
  let near = 0;
  for (const f of activations) {
    if (f > 0) active++;
    if (f > 0 && f < tolerance) near++;
  }
  const findings = [`encode, ${ROWS} rows against float64: ${worst.toExponential(1)}`];
  return {
    findings,
    slack: { active, tolerance: TOLERANCE + 2 * Math.sqrt(2 * near / Math.max(active, 1)) },
  };
}

/** Compares two steps' losses, gradients and updates. */
export function compareSteps(
  what: string,
  a: Outcome,
  b: Outcome,
  before: SaeParameters,
  { tolerance }: Slack,
): Findings {
  const errors: [string, number, number][] = [
    ["loss", Math.abs(a.loss! / b.loss! - 1), TOLERANCE],
  ];
  for (const name of PARAMETER_NAMES) {
    errors.push([`∂${name}`, relativeDistance(a.gradients![name], b.gradients![name]), tolerance]);
    if (!a.updated || !b.updated) continue;
    const changes = [a.updated[name], b.updated[name]].map((after) =>
      after.map((value, i) => value - before[name][i])
    );
    // Updated parameters are rounded to float32, so their change is known only to this precision.
    const changed = Math.hypot(norm(changes[1]), 1e-30);
    const rounding = 4 * EPSILON * norm(before[name]) / changed;
    const normError = 4 * Math.sqrt(2 * before.encoder.length) * EPSILON;
    const allowed = tolerance + rounding + normError;
    errors.push([`updated ${name}`, relativeDistance(changes[0], changes[1]), allowed]);
  }
  for (const [name, error, allowed] of errors) {
    // Inverted, so that NaN fails.
    if (!(error <= allowed)) throw new Error(`${what}: ${name} differ by ${error} > ${allowed}`);
  }
  const worst = errors.reduce((a, b) => b[1] > a[1] ? b : a);
  return [`${what}: at most ${worst[1].toExponential(1)} (${worst[0]})`];
}

/** Compares a step with the WASM backend's, if one fits into its 4 GiB. */
export async function compareWithWasm(
  { parameters, batch, prefixes }: Problem,
  outcome: Outcome,
  slack: Slack,
): Promise<Findings> {
  let expected: Outcome;
  try {
    const threads = Math.min(navigator.hardwareConcurrency, 16);
    using wasm = await createBackend("wasm", { threads });
    const kind = { ...lossKind(STEP), prefixes, algorithm: "dense" } as const;
    expected = await matryoshkaLoss(wasm, parameters, batch, kind);
  } catch (error) {
    return [`dense against WASM: not compared: ${(error as Error).message}`];
  }
  return compareSteps(
    "dense against WASM",
    { ...outcome, updated: undefined },
    expected,
    parameters,
    slack,
  );
}
