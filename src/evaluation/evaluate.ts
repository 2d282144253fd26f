/**
 * Measures an autoencoder on held-out rows, prefix by prefix.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkBatch, checkObject, wrongKind } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { CodesPass, type ForwardPass, KernelPass } from "./evaluation_passes.ts";
import type { InputNormalization } from "../model/sae.ts";
import type { Activation } from "../model/activation.ts";
import { resolveLoss, resolvePrefixes } from "../step/loss_options.ts";
import { addBatches, addBatchesOfRanks, type MeasuredBatch } from "./evaluation_rounds.ts";
import { type Evaluation, evaluationOf, type PrefixEvaluation } from "./evaluation_result.ts";
import { ReconstructionSums } from "./metrics/reconstruction_sums.ts";
import type { Communicator } from "../distributed/communicator.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";

export type { Evaluation, PrefixEvaluation };

const TASK = "evaluate the autoencoder";

/** Options of {@linkcode evaluate}. */
export interface EvaluateOptions {
  /** Prefix lengths to evaluate, ascending, the last of them N. */
  readonly prefixes: ArrayLike<number>;
  /** What follows the encoder's product; `{kind: "relu"}` by default. */
  readonly activation?: Activation;
  /** Whether the encoder sees x − c instead of x. Default false. */
  readonly subtractDecoderBias?: boolean;
  /**
   * How a row is normalised before the encoder; the decoder's output is scaled back. By default it is not.
   * Errors are measured in the units of the rows.
   */
  readonly inputNormalization?: InputNormalization;
  /**
   * Ranks that evaluate together. Each gives every `size`-th batch, beginning with the one of its own number: the
   * `share` of `activationBatches` deals them so. All ranks get the same result, with the same bits for any number of
   * ranks. By default this process has all batches.
   */
  readonly communicator?: Communicator;
}

const EVALUATE_KEYS = /* @__PURE__ */ Object.keys(
  {
    prefixes: true,
    activation: true,
    subtractDecoderBias: true,
    inputNormalization: true,
    communicator: true,
  } satisfies Record<keyof EvaluateOptions, true>,
);

/**
 * Runs an autoencoder over batches on a backend, and measures reconstruction and activity of each prefix. One
 * forward pass serves all prefixes. Only one batch is held at a time.
 *
 * @param backend where to compute; see `createBackend`.
 * @param parameters N latents on inputs of size d, in the units of the batches: for raw activations
 * these are a trainer's `rawParameters`.
 * @param batches rows of [B, d]; the last may be smaller. "batchtopk" selects within each batch.
 * @param options the prefixes, the activation, and how rows are normalised.
 * @throws {RangeError} if a length is wrong, a value is NaN or infinite, there are no rows, or all rows are
 * equal (a single row always is): FVU has no denominator then.
 * @throws {Error} on all ranks of a communicator if one fails: there its own error, elsewhere one that names the rank
 * and the row, counted over the batches of all ranks.
 * @throws {TypeError} if an argument or option has the wrong type, or an option is unknown.
 *
 * @example
 * ```ts
 * import { createBackend, evaluate, initialParameters, Random, ToyTree } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const parameters = initialParameters(20, 24, Random.fromSeed(1));
 * async function* batches() {
 *   yield ToyTree.create({ seed: 2 }).sample(50, Random.fromSeed(3)).batch;
 * }
 * const { rows, perPrefix } = await evaluate(backend, parameters, batches(), { prefixes: [6, 24] });
 * assertEquals(rows, 50);
 * assertEquals(perPrefix.map(({ prefix }) => prefix), [6, 24]);
 * ```
 */
export async function evaluate(
  backend: Backend,
  parameters: SaeParameters,
  batches: AsyncIterable<Float32Array>,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkBackend(backend, TASK);
  checkParameters(parameters, TASK);
  const { inputSize: d, latentCount: N } = parameters;
  checkBatches(batches);
  checkObject(options, "options", TASK);
  checkKeys(options, EVALUATE_KEYS, TASK);
  const { activation, subtractDecoderBias, inputNormalization, prefixes, communicator } = options;
  // ReconstructionSums take errors summed over features.
  const loss = resolveLoss({ activation, subtractDecoderBias, squaredError: "sum" }, N, TASK);
  const { bounds, weights } = resolvePrefixes(loss, prefixes, N, TASK);
  const P = bounds.length;
  const sums = new ReconstructionSums(d, P);
  const activeRows = new Float64Array(N);

  // The kernels measure errors in the units of the encoder, which are not those of normalised rows.
  const createPass = (): ForwardPass =>
    (inputNormalization?.kind ?? "none") === "none"
      ? new KernelPass(backend, parameters, loss, { bounds, weights })
      : new CodesPass(backend, parameters, bounds, {
        task: TASK,
        activation,
        subtractDecoderBias,
        inputNormalization,
      });
  const given = inOrder(batches);
  let pass: ForwardPass | undefined;
  const measure = async (): Promise<MeasuredBatch | undefined> => {
    pass ??= createPass();
    const { value: batch, done } = await given.next();
    if (done) return undefined;
    const rows = checkBatch(batch, d, TASK);
    const { errors, counts } = await pass.run(batch, rows);
    sums.check(batch, errors);
    for (let i = 0; i < N; i++) activeRows[i] += counts[i];
    return { batch, rows, errors };
  };
  try {
    if (communicator) await addBatchesOfRanks(communicator, sums, measure, TASK);
    else await addBatches(sums, measure);
  } finally {
    pass?.[Symbol.dispose]();
    await given.return();
  }
  // Whole numbers, whose sum is exact.
  await communicator?.allReduce(activeRows);
  return evaluationOf(sums, bounds, activeRows, TASK);
}

async function* inOrder(
  batches: AsyncIterable<Float32Array>,
): AsyncGenerator<Float32Array, void, void> {
  yield* batches;
}

/** Throws unless `for await` takes the batches: arrays pass, too. */
function checkBatches(batches: unknown): void {
  const iterable = typeof batches === "object" && batches !== null &&
    (Symbol.asyncIterator in batches || Symbol.iterator in batches);
  if (!iterable) throw wrongKind(batches, "batches", "an async iterable of Float32Array", TASK);
}
