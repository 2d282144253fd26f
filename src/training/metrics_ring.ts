/**
 * The ring in which a training step leaves its figures, and their reading every so many steps.
 *
 * @module
 */
import type { Backend, Tensor, Values } from "../../kernels/kernel.ts";
import { METRICS_HEADER } from "../../kernels/step_metrics.ts";
import { checkNumber, checkObject, wrongKind } from "../base/checks.ts";
import { checkPrefixes } from "../model/prefixes.ts";
import { learningRateAt } from "./learning_rate.ts";
import type { ResolvedTrainer } from "./trainer_options.ts";

/** Steps between readings. A reading takes about 12 ms on WebGPU. */
const SLOTS = 32;
/** 2.5 ulp of WGSL's division and 0.5 of the count's conversion to float32, in units of 2⁻²³. */
const L0_ERROR = 3 * 2 ** -23;

/** Figures of one prefix at one step. */
export interface PrefixMetrics {
  /** p_j, the number of latents. */
  readonly prefix: number;
  /** SE_j, in the units of the loss (scaled inputs, mean or sum over features). */
  readonly squaredError: number;
  /**
   * Fraction of the batch's variance that the first p_j latents leave unexplained. Infinity, or NaN if
   * the squared error is 0 too, where the batch does not vary: one row, or rows that are all the same.
   */
  readonly fvu: number;
  /** Mean number of active latents among the first p_j. */
  readonly l0: number;
  /** Latents among the first p_j that have been silent for `deadAfter` steps. */
  readonly deadLatents: number;
}

/** Figures of one training step. */
export interface StepMetrics {
  /** Steps taken: 1 after the first. */
  readonly step: number;
  /** L. */
  readonly loss: number;
  /** Mean number of active latents per row. */
  readonly l0: number;
  /** λ of this step. */
  readonly sparsityScale: number;
  /** Learning rate of this step. */
  readonly learningRate: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
  /** Latents that have been silent for `deadAfter` steps. */
  readonly deadLatents: number;
  /** Figures of each prefix, in their order. */
  readonly perPrefix: PrefixMetrics[];
}

/** What a ring holds that later steps or readings look at. */
export interface FiguresState {
  /** Largest mean L0 since the algorithm was last chosen. */
  readonly largestL0: number;
  /** The last step's prefixes and its row of figures; none before the first step. */
  readonly last?: { readonly prefixes: readonly number[]; readonly row: Float64Array };
}

/** Rows of figures on the backend, one per step, read back before they are overwritten. */
export class MetricsRing implements Disposable {
  /** Which row the next step writes: u32 [1]. */
  readonly slot: Tensor;
  readonly #backend: Backend;
  readonly #inputSize: number;
  readonly #options: ResolvedTrainer;
  #rows?: Tensor;
  /** Steps written since the last reading, oldest first. */
  #unread: { step: number; prefixes: readonly number[] }[] = [];
  #last?: { step: number; prefixes: readonly number[]; row: Values };
  #largestL0 = 0;

  constructor(backend: Backend, inputSize: number, options: ResolvedTrainer) {
    this.#backend = backend;
    this.#inputSize = inputSize;
    this.#options = options;
    this.slot = backend.tensor("u32", [1]);
  }

  /** The rows: [slots, 4 + 3 P]. */
  get rows(): Tensor {
    return this.#rows!;
  }

  /** Whether a row has room for P prefixes. */
  fits(prefixCount: number): boolean {
    return this.#rows !== undefined && this.#rows.shape[1] >= columnsFor(prefixCount);
  }

  /** Makes room for P prefixes. What was not read, and programs that write the old rows, are void. */
  widen(prefixCount: number): void {
    const next = this.#backend.tensor("f32", [SLOTS, columnsFor(prefixCount)]);
    this.#rows?.[Symbol.dispose]();
    this.#rows = next;
  }

  /** Announces the step that is about to be submitted. */
  begin(step: number, prefixes: readonly number[]): void {
    this.#unread.push({ step, prefixes: [...prefixes] });
    this.#backend.write(this.slot, [step % SLOTS]);
  }

  /** Whether the next step would come back to the first row. */
  isFull(step: number): boolean {
    return step % SLOTS === 0;
  }

  /**
   * Reads all rows that were not read yet.
   *
   * @throws {RangeError} that names the first of these steps whose loss or gradient is not finite. All
   * are read nevertheless, and no later reading speaks of it.
   */
  async drain(): Promise<void> {
    if (this.#unread.length === 0) return;
    // A step may begin, and another reading end, while this one waits.
    const unread = [...this.#unread], columns = this.rows.shape[1];
    const rows = await this.#backend.read(this.rows);
    const isNew = ({ step }: { step: number }) => step > (this.#last?.step ?? -1);
    let broken: { step: number; loss: number; norm: number } | undefined;
    for (const { step, prefixes } of unread.filter(isNew)) {
      const from = (step % SLOTS) * columns, P = prefixes.length;
      const row = rows.slice(from, from + METRICS_HEADER + 3 * P);
      this.#last = { step, prefixes, row };
      this.#largestL0 = Math.max(this.#largestL0, row[METRICS_HEADER + 3 * P - 1]);
      const finite = Number.isFinite(row[0]) && Number.isFinite(row[3]);
      if (!finite) broken ??= { step, loss: row[0], norm: row[3] };
    }
    this.#unread = this.#unread.filter(isNew);
    if (broken) {
      throw new RangeError(
        `Cannot continue training: the loss or gradient of step ${broken.step + 1} is not finite ` +
          `(loss ${broken.loss}, gradient norm ${broken.norm}); its update was ` +
          // Adam looks at the norm: a loss can overflow alone.
          (Number.isFinite(broken.norm)
            ? "applied"
            : "not applied: parameters and moments are as before it"),
      );
    }
  }

  /** The last figures that were read, in words, for when there will be no more. */
  get lastKnown(): string {
    if (!this.#last) return "no figures were read before";
    const { step, prefixes, row } = this.#last;
    const l0 = row[METRICS_HEADER + 3 * prefixes.length - 1];
    return `the last figures read are of step ${step + 1} (loss ${row[0]}, L0 ${l0})`;
  }

  /** Largest L0 read since this was last asked, however many readings that took. */
  takeLargestL0(): number {
    const largest = this.#largestL0;
    this.#largestL0 = 0;
    return largest;
  }

  /**
   * What to remember between two processes.
   *
   * @throws {RangeError} as `drain`.
   */
  async state(): Promise<FiguresState> {
    await this.drain();
    if (!this.#last) return { largestL0: this.#largestL0 };
    const { prefixes, row } = this.#last;
    return { largestL0: this.#largestL0, last: { prefixes, row: Float64Array.from(row) } };
  }

  /** Goes on from a state after so many steps, which has been checked: see `checkFigures`. */
  restore({ largestL0, last }: FiguresState, steps: number): void {
    this.#largestL0 = largestL0;
    if (last) this.#last = { step: steps - 1, prefixes: [...last.prefixes], row: last.row.slice() };
  }

  /** Figures of the last step. `dead` says for each latent whether it is dead. */
  async latest(dead: readonly boolean[]): Promise<StepMetrics> {
    await this.drain();
    const { step, prefixes, row } = this.#last!;
    const P = prefixes.length, d = this.#inputSize;
    const [loss, sparsityScale, variance, gradientNorm] = row;
    // FVU is a ratio of sums over features; SE_j may be a mean over them.
    const features = this.#options.loss.squaredError === "mean" ? d : 1;
    let counted = 0, deadLatents = 0;
    const perPrefix = prefixes.map((prefix, j) => {
      for (; counted < prefix; counted++) if (dead[counted]) deadLatents++;
      const squaredError = row[METRICS_HEADER + j];
      return {
        prefix,
        squaredError,
        fvu: squaredError * features / variance,
        l0: row[METRICS_HEADER + 2 * P + j],
        deadLatents,
      };
    });
    return {
      step: step + 1,
      loss,
      l0: perPrefix[P - 1].l0,
      sparsityScale,
      learningRate: learningRateAt(step, this.#options),
      gradientNorm,
      deadLatents,
      perPrefix,
    };
  }

  /** Frees the ring. */
  [Symbol.dispose](): void {
    this.#rows?.[Symbol.dispose]();
    this.slot[Symbol.dispose]();
  }
}

/**
 * Checks figures that a file may have held. The row itself may hold anything: a loss can overflow.
 *
 * @throws {RangeError | TypeError} if they are not those of a run of so many steps.
 */
export function checkFigures(
  { largestL0, last }: FiguresState,
  steps: number,
  latentCount: number,
  task: string,
): void {
  // A mean of counts in float32, whose division may be off by a few units in the last place.
  const most = latentCount * (1 + L0_ERROR);
  checkNumber(largestL0, "figures.largestL0", task, { least: 0, most });
  if ((last !== undefined) !== (steps > 0)) {
    throw new RangeError(
      `Cannot ${task}: figures of the last step must ${steps > 0 ? "" : "not "}be there ` +
        `after ${steps} steps`,
    );
  }
  if (!last) return;
  checkObject(last, "figures.last", task);
  checkPrefixes(last.prefixes, latentCount, task);
  if (!(last.row instanceof Float64Array)) {
    throw wrongKind(last.row, "figures.last.row", "a Float64Array", task);
  }
  const columns = columnsFor(last.prefixes.length);
  if (last.row.length === columns) return;
  throw new RangeError(
    `Cannot ${task}: figures of ${last.prefixes.length} prefixes must be ${columns} ` +
      `but are ${last.row.length}`,
  );
}

function columnsFor(prefixCount: number): number {
  return METRICS_HEADER + 3 * prefixCount;
}
