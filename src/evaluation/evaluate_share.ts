/**
 * Measures an autoencoder whose latents are spread over ranks, without holding it in one memory.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkBatch } from "../base/checks.ts";
import type { Communicator } from "../distributed/communicator.ts";
import type { Range } from "../distributed/shares.ts";
import { agree, attempt } from "../distributed/texts.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";
import { checkPrefixes } from "../model/prefixes.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { type Evaluation, evaluationOf } from "./evaluation_result.ts";
import { ReconstructionSums } from "./metrics/reconstruction_sums.ts";
import { SharePass } from "./share_pass.ts";

const TASK = "evaluate the autoencoder";

/** Options of {@linkcode evaluateShare}. */
export interface EvaluateShareOptions extends Omit<EvaluateOptions, "inputNormalization"> {
  /** The ranks that share the latents, in the order of their latents. */
  readonly communicator: Communicator;
  /** The latents of this rank. */
  readonly latents: Range;
  /** N, the number of latents of all ranks. */
  readonly latentCount: number;
}

/**
 * Measures as `evaluate` does, but each rank holds some of the latents, and all ranks have all batches. Two messages of
 * [B, d] per batch pass between ranks, and what a top-k selection needs. All ranks get the same result, which differs
 * from that of one process by the rounding of the sums over latents.
 *
 * Collective: every rank of the communicator calls it.
 *
 * @param backend where to compute; see `createBackend`.
 * @param parameters the latents of this rank. The decoder's bias is the same on all ranks.
 * @param batches rows of [B, d], the same on all ranks; the last may be smaller. "batchtopk" selects within each batch.
 * @param options the prefixes and the activation of all N latents (a threshold of jumprelu: of this rank's), and the
 * place of this rank's latents among them.
 * @throws {RangeError | TypeError} as `evaluate`.
 * @throws {RangeError} on all ranks if their batches have different numbers of rows.
 * @throws {Error} on all ranks if one cannot read a batch; the message names the rank.
 *
 * @example
 * ```ts
 * import { createBackend, evaluate, evaluateShare, initialParameters, Random, runRanks, ToyTree } from "@matryoshka/sae";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const whole = initialParameters(20, 6, Random.fromSeed(1));
 * async function* rows() {
 *   yield ToyTree.create({ seed: 2 }).sample(50, Random.fromSeed(3)).batch;
 * }
 * const { perPrefix: [first] } = await evaluate(backend, whole, rows(), { prefixes: [2, 6] });
 *
 * await runRanks(2, async (communicator) => {
 *   const [from, to] = [[0, 4], [4, 6]][communicator.rank];
 *   const parameters = {
 *     ...whole,
 *     latentCount: to - from,
 *     encoder: whole.encoder.slice(20 * from, 20 * to),
 *     encoderBias: whole.encoderBias.slice(from, to),
 *     decoder: whole.decoder.slice(20 * from, 20 * to),
 *   };
 *   const place = { communicator, latents: { from, to }, latentCount: 6 };
 *   const measured = await evaluateShare(backend, parameters, rows(), { prefixes: [2, 6], ...place });
 *   assertAlmostEquals(measured.perPrefix[0].fvu, first.fvu, 1e-6);
 * });
 * ```
 */
export async function evaluateShare(
  backend: Backend,
  parameters: SaeParameters,
  batches: AsyncIterable<Float32Array>,
  options: EvaluateShareOptions,
): Promise<Evaluation> {
  checkBackend(backend, TASK);
  checkParameters(parameters, TASK);
  const { communicator, latents, latentCount, prefixes, ...rest } = options;
  checkPrefixes(prefixes, latentCount, TASK);
  const bounds = Uint32Array.from(prefixes);
  const { inputSize: d } = parameters;
  const sums = new ReconstructionSums(d, bounds.length);
  const activeRows = new Float64Array(latentCount);
  const place = { communicator, latents, latentCount, bounds };
  const pass = new SharePass(backend, parameters, place, { task: TASK, ...rest });
  const given = batches[Symbol.asyncIterator]();
  const next = async () => {
    const { value: batch, done } = await given.next();
    return done ? undefined : { batch, rows: checkBatch(batch, d, TASK) };
  };
  try {
    while (true) {
      const read = await attempt(next);
      const found = "error" in read ? undefined : read.result;
      const own = "error" in read ? read : { result: found?.rows ?? 0 };
      checkEqual(await agree(communicator, own, TASK, messageOf));
      if (found === undefined) break;
      const { errors, counts } = await pass.run(found.batch, found.rows);
      await communicator.allReduce(errors);
      sums.check(found.batch, errors);
      sums.add(found.batch, errors);
      for (let i = 0; i < counts.length; i++) activeRows[latents.from + i] += counts[i];
    }
  } finally {
    pass[Symbol.dispose]();
    await given.return?.();
  }
  await communicator.allReduce(activeRows);
  return evaluationOf(sums, bounds, activeRows, TASK);
}

function checkEqual([first, ...others]: readonly number[]): void {
  const other = others.findIndex((rows) => rows !== first);
  if (other < 0) return;
  throw new RangeError(
    `Cannot ${TASK}: the batches must be the same on all ranks, but one has ${first} rows on rank 0 and ` +
      `${others[other]} on rank ${other + 1}`,
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
