/**
 * Finds the threshold at which jumprelu keeps as many latents as a top-k selection.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkBatch, checkNumber, checkObject, wrongKind } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { resolveSae, runnableSae } from "../inference/options.ts";
import { Runner } from "../inference/runner.ts";
import { selectionOf } from "../model/jump_relu.ts";
import { checkSae, type Sae } from "../model/sae.ts";
import { above, below, LowerCounts, UpperCounts } from "./ranked_activations.ts";

const TASK = "calibrate the threshold";

/** Gives rows [B, d] in batches, from the first one each time that it is called. */
export type RowPasses = () => AsyncIterable<Float32Array> | Iterable<Float32Array>;

/** Options of {@linkcode calibrateThreshold}. */
export interface CalibrateOptions {
  /** The mean number of active latents per row to reach, at most N; by default the selection's k. */
  readonly targetL0?: number;
  /** The factor that scaled inputs in training, where `inputNormalization.kind` is "meanNorm": see `FromSaeOptions`. */
  readonly inputScale?: number;
}

const CALIBRATE_KEYS = /* @__PURE__ */ Object.keys(
  { targetL0: true, inputScale: true } satisfies Record<keyof CalibrateOptions, true>,
);

/** The result of {@linkcode calibrateThreshold}. */
export interface CalibratedThreshold {
  /** What an activation must exceed to be kept, in the units of activations; at least 0. */
  readonly threshold: number;
  /** The mean number of latents per row that exceed it. */
  readonly l0: number;
  /** The L0 that was asked for. */
  readonly targetL0: number;
  /** The number of rows. */
  readonly rows: number;
}

/**
 * Finds the threshold at which the jumprelu of an autoencoder keeps, on average over rows, as many latents as its
 * top-k selection does: see `jumpReluOf`. The threshold lies between two neighbours among all activations of all
 * rows, so L0 is met to half an activation in all rows together, unless equal activations cannot be told apart: `l0`
 * says what was reached.
 *
 * The rows are read twice: the first pass counts positive activations by the upper 16 bits of their float32, the
 * second the decisive ones by the lower 16. Memory holds 1.5 MB of counts, one batch, and the codes of one chunk.
 *
 * @param backend Where to compute; see `createBackend`.
 * @param sae An autoencoder with the activation "topk" or "batchtopk", or one that `jumpReluOf` returned.
 * @param rows Called for each pass: gives the same rows [B, d] in the units of the autoencoder's input; B may change.
 * @param options The L0 to reach, and the input scale if the autoencoder needs one.
 * @throws {RangeError} if there are no rows, a row is incomplete or not finite, the target is not above 0 and at most
 * N, or exceeds the mean number of positive activations by more than 0.5 %.
 * @throws {TypeError} if an argument has the wrong type, an option is unknown, or there is no top-k selection.
 * @throws {Error} if the second pass gives other rows than the first.
 *
 * @example
 * ```ts
 * import { calibrateThreshold, createBackend, initialParameters, jumpReluOf, Random, ToyTree } from "@matryoshka/sae";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const sae = {
 *   parameters: initialParameters(20, 24, Random.fromSeed(1)),
 *   activation: { kind: "batchtopk", k: 3 },
 *   subtractDecoderBias: false,
 * } as const;
 * const { batch } = ToyTree.create({ seed: 2 }).sample(100, Random.fromSeed(3));
 * const { threshold, l0 } = await calibrateThreshold(backend, sae, () => [batch]);
 * assertAlmostEquals(l0, 3, 0.015);
 * const independentOfTheBatch = jumpReluOf(sae, threshold);
 * ```
 */
export async function calibrateThreshold(
  backend: Backend,
  sae: Sae,
  rows: RowPasses,
  options: CalibrateOptions = {},
): Promise<CalibratedThreshold> {
  checkBackend(backend, TASK);
  checkObject(sae, "sae", TASK);
  checkSae(sae, TASK);
  if (typeof rows !== "function") {
    throw wrongKind(rows, "rows", "a function that returns batches", TASK);
  }
  const targetL0 = targetOf(sae, options);
  const passes = new Passes(backend, sae, rows, options.inputScale);
  const upper = new UpperCounts();
  const count = await passes.run(0, (values) => upper.add(values));
  if (count === 0) throw new RangeError(`Cannot ${TASK}: at least 1 row is needed but there are 0`);
  const wanted = Math.max(1, Math.round(targetL0 * count));
  const found = (threshold: number, active: number): CalibratedThreshold => {
    return { threshold, l0: active / count, targetL0, rows: count };
  };
  if (upper.total <= wanted) {
    if (upper.total >= (1 - TOLERANCE) * targetL0 * count) return found(0, upper.total);
    throw new RangeError(
      `Cannot ${TASK}: targetL0 is ${targetL0} but only ${
        upper.total / count
      } latents per row have a ` +
        "positive activation",
    );
  }
  // The last value to keep and the first one not to keep may be in different bins.
  const kept = new LowerCounts(upper.binOf(wanted));
  const next = new LowerCounts(upper.binOf(wanted + 1));
  const again = await passes.run(next.floor, (values) => {
    kept.add(values);
    next.add(values);
  });
  if (again !== count || kept.total !== kept.bin.count || next.total !== next.bin.count) {
    throw new Error(`Cannot ${TASK}: the second pass gave other rows than the first`);
  }
  const least = kept.valueOf(wanted);
  const most = next.valueOf(wanted + 1);
  if (least.value > most.value) return found(between(most.value, least.value), wanted);
  // Equal values are kept together or not at all. A backend may compare them before it rounds them to float32, which
  // moves them by half a step at most, so the threshold is a whole step away.
  const all = least.above + least.equal;
  return all - wanted < wanted - least.above
    ? found(below(least.value), all)
    : found(above(least.value), least.above);
}

/** The share of the target by which L0 may fall short where every positive activation is kept. */
const TOLERANCE = 0.005;

function targetOf(sae: Sae, options: CalibrateOptions): number {
  checkObject(options, "options", TASK);
  checkKeys(options, CALIBRATE_KEYS, TASK);
  const selection = selectionOf(sae);
  if (selection === undefined) {
    throw new TypeError(
      `Cannot ${TASK}: the activation must be "topk" or "batchtopk" but is "${sae.activation.kind}"`,
    );
  }
  const most = sae.parameters.latentCount;
  return checkNumber(options.targetL0 ?? selection.k, "targetL0", TASK, { above: 0, most });
}

/** Returns a float32 number that is below `larger` and not below `smaller`, half-way if there is one. */
function between(smaller: number, larger: number): number {
  const middle = Math.fround(smaller / 2 + larger / 2);
  return middle < larger ? Math.max(middle, smaller) : smaller;
}

/** Encodes all rows, as often as asked. */
class Passes {
  readonly #backend: Backend;
  readonly #sae: Sae;
  readonly #rows: RowPasses;
  readonly #inputScale: number | undefined;

  constructor(backend: Backend, sae: Sae, rows: RowPasses, inputScale: number | undefined) {
    this.#backend = backend;
    this.#sae = sae;
    this.#rows = rows;
    this.#inputScale = inputScale;
  }

  /** Calls `visit` with the activations above a threshold, and returns the number of rows. */
  async run(threshold: number, visit: (values: Float32Array) => void): Promise<number> {
    const { latentCount: N, inputSize: d } = this.#sae.parameters;
    const values = new Float32Array(N).fill(threshold);
    const asked = { ...this.#sae, activation: { kind: "jumprelu", threshold: values } } as const;
    const { parameters, ...options } = runnableSae(asked, { inputScale: this.#inputScale }, TASK);
    const runner = Runner.create(
      this.#backend,
      parameters,
      resolveSae(parameters, options, TASK),
      { parts: "encoder" },
    );
    const step = runner.sae.chunkRows * d;
    let count = 0;
    try {
      for await (const batch of this.#rows()) {
        count += checkBatch(batch, d, TASK);
        for (let from = 0; from < batch.length; from += step) {
          // Codes of one chunk at a time: up to half of all latents may be active.
          const codes = await runner.encode(batch.subarray(from, from + step), TASK);
          visit(codes.values);
        }
      }
      return count;
    } finally {
      runner[Symbol.dispose]();
    }
  }
}
