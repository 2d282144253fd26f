/**
 * Adds up an evaluation, on one rank or over several.
 *
 * Some sums of floats depend on the order of the rows: the mean, the variance around it and the squared errors. Over ranks
 * they pass from rank to rank, batch by batch, so that each addition is the one that a single rank would have made. That
 * takes about d·B operations per batch, against N·d·B for the forward pass, which all ranks compute at the same time.
 *
 * @module
 */
import { RowError } from "../base/row_error.ts";
import type { Communicator } from "../distributed/communicator.ts";
import { agree, type Attempt, attempt } from "../distributed/texts.ts";
import type { ReconstructionSums } from "./metrics/reconstruction_sums.ts";

/** A batch with its squared errors, checked. */
export interface MeasuredBatch {
  readonly batch: Float32Array;
  readonly rows: number;
  readonly errors: Float64Array;
}

/** Returns the next batch of this rank, or undefined if there are no more. */
export type Measure = () => Promise<MeasuredBatch | undefined>;

/** In place of a number of rows: the batch has failed. */
const FAILED = 2 ** 32 - 1;

/** Adds the batches of one rank, which are all. */
export async function addBatches(sums: ReconstructionSums, measure: Measure): Promise<void> {
  for (let next; (next = await measure()) !== undefined;) sums.add(next.batch, next.errors);
}

/**
 * Adds the batches of all ranks, one of each in every round, in the order of the ranks. Afterwards all ranks have the same
 * sums. Collective.
 */
export async function addBatchesOfRanks(
  communicator: Communicator,
  sums: ReconstructionSums,
  measure: Measure,
  task: string,
): Promise<void> {
  // The first rank that has given no batch: none may come after it, nor in a later round.
  let without = -1;
  for (let round = 0;; round++) {
    const measured = await attempt(measure);
    const next = "result" in measured ? measured.result : undefined;
    const own = "error" in measured ? FAILED : next?.rows ?? 0;
    const rows = await communicator.allGather(Uint32Array.of(own));
    if (rows.includes(FAILED)) await endTogether(communicator, measured, sums.rows, rows, task);
    const ended = without >= 0;
    if (!ended) without = rows.indexOf(0);
    const late = without < 0
      ? -1
      : rows.findIndex((count, rank) => count > 0 && (ended || rank > without));
    if (late >= 0) {
      throw new RangeError(
        `Cannot ${task}: the batches must be dealt to the ranks in turn, but rank ${late} has one in round ${round} ` +
          `after rank ${without} had none`,
      );
    }
    if (rows[0] === 0) return;
    for (let rank = 0; rank < rows.length && rows[rank] > 0; rank++) {
      if (rank === communicator.rank) sums.add(next!.batch, next!.errors);
      const state = sums.state();
      await communicator.broadcast(state, rank);
      sums.restore(state);
    }
  }
}

/** Throws on all ranks: the error itself where it happened, elsewhere one that names the rank and the row of all rows. */
async function endTogether(
  communicator: Communicator,
  measured: Attempt<unknown>,
  rowsBefore: number,
  rows: Uint32Array,
  task: string,
): Promise<void> {
  const first = rows.subarray(0, communicator.rank).reduce((sum, count) => sum + count, rowsBefore);
  const reasonOf = (error: unknown) => {
    if (error instanceof RowError) return error.renamed(`row ${first + error.row}`).message;
    return error instanceof Error ? error.message : String(error);
  };
  const outcome = "error" in measured ? measured : { result: null };
  try {
    await agree(communicator, outcome, task, reasonOf);
  } catch (error) {
    throw "error" in measured ? measured.error : error;
  }
}
