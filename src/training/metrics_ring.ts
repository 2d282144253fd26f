/**
 * The ring to which training steps write their metrics, and from which these are read every 32 steps.
 *
 * @module
 */
import type { Backend, Tensor, Values } from "../../kernels/kernel.ts";
import { LOSS_TERMS, METRICS_HEADER } from "../../kernels/step_metrics.ts";
import { learningRateAt } from "./learning_rate.ts";
import { metricsRowLength, type MetricsState } from "./metrics_state.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";

/** Rows, and so steps between readings. A reading takes about 12 ms on WebGPU. */
const SLOTS = 32;

/** The metrics of one prefix at one step. */
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

/** The metrics of one training step. */
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
  /** The metrics of each prefix, in their order. */
  readonly perPrefix: PrefixMetrics[];
  /** The auxiliary loss of dead latents with its weight, if there is one: see `TrainerOptions.auxiliary`. */
  readonly auxiliaryLoss?: number;
  /** The loss of the wider top-k with its weight, if there is one: see `TrainerOptions.multiTopk`. */
  readonly multiTopkLoss?: number;
  /** The pre-activation loss with its weight, if there is one: see `ThresholdTraining`. */
  readonly preActivationLoss?: number;
  /** The penalty on the distance of L0 from its target, if that is the penalty. */
  readonly targetL0Loss?: number;
  /** The running threshold for inference, once it is known: see `TrainerOptions.inferenceThreshold`. */
  readonly threshold?: number;
  /** If the step encoded by screening: how many latents per row it did not exclude. See `TrainerOptions.screening`. */
  readonly screening?: { readonly candidates: number };
}

/** A step whose metrics are in the ring. */
interface WrittenStep {
  readonly step: number;
  readonly prefixes: readonly number[];
  /** The tensor with its candidates per row, if it screens: [1]. */
  readonly candidates?: Tensor;
}

/** The last step whose metrics have been read. */
interface ReadStep extends Omit<WrittenStep, "candidates"> {
  readonly row: Values;
  readonly candidates?: number;
}

/** Rows of metrics on the backend, one per step, which are read before they are overwritten. */
export class MetricsRing implements Disposable {
  /** The number of the row that the next step writes: u32 [1]. */
  readonly slot: Tensor;
  readonly #backend: Backend;
  readonly #inputSize: number;
  readonly #options: ResolvedTrainer;
  #rows?: Tensor;
  /** Steps written since the last reading, oldest first. */
  #unread: WrittenStep[] = [];
  #last?: ReadStep;
  #largestL0 = 0;

  constructor(backend: Backend, inputSize: number, options: ResolvedTrainer) {
    this.#backend = backend;
    this.#inputSize = inputSize;
    this.#options = options;
    this.slot = backend.tensor("u32", [1]);
  }

  /** The rows: [slots, 8 + 3 P]. */
  get rows(): Tensor {
    return this.#rows!;
  }

  /** Returns whether a row has room for P prefixes. */
  fits(prefixCount: number): boolean {
    return this.#rows !== undefined && this.#rows.shape[1] >= metricsRowLength(prefixCount);
  }

  /** Makes room for P prefixes. Rows that were not read are lost, and programs that write the old rows are invalid. */
  widen(prefixCount: number): void {
    const next = this.#backend.tensor("f32", [SLOTS, metricsRowLength(prefixCount)]);
    this.#rows?.[Symbol.dispose]();
    this.#rows = next;
  }

  /** Announces the step that is about to be submitted. */
  begin(step: number, prefixes: readonly number[], candidates?: Tensor): void {
    this.#unread.push({ step, prefixes: [...prefixes], candidates });
    this.#backend.write(this.slot, [step % SLOTS]);
  }

  /** Returns whether the next step will write the first row again. */
  isFull(step: number): boolean {
    return step % SLOTS === 0;
  }

  /**
   * Reads all rows that have not been read yet.
   *
   * @throws {RangeError} that names the first of these steps whose loss or gradient is not finite. All rows are
   * read even then, and later calls do not report the step again.
   */
  async drain(): Promise<void> {
    if (this.#unread.length === 0) return;
    // While this call waits for the backend, a step may begin and another reading may end.
    const unread = [...this.#unread];
    const columns = this.rows.shape[1];
    const { candidates } = unread.at(-1)!;
    const [rows, measured] = await Promise.all([
      this.#backend.read(this.rows),
      candidates && this.#backend.read(candidates),
    ]);
    const isNew = ({ step }: { step: number }) => step > (this.#last?.step ?? -1);
    let broken: { step: number; loss: number; norm: number } | undefined;
    for (const { step, prefixes } of unread.filter(isNew)) {
      const from = (step % SLOTS) * columns;
      const P = prefixes.length;
      const row = rows.slice(from, from + METRICS_HEADER + 3 * P + LOSS_TERMS.length);
      this.#last = { step, prefixes, row };
      this.#largestL0 = Math.max(this.#largestL0, row[METRICS_HEADER + 3 * P - 1]);
      const finite = Number.isFinite(row[0]) && Number.isFinite(row[3]);
      if (!finite) broken ??= { step, loss: row[0], norm: row[3] };
    }
    if (measured && this.#last?.step === unread.at(-1)!.step) {
      this.#last = { ...this.#last, candidates: measured[0] };
    }
    this.#unread = this.#unread.filter(isNew);
    if (broken) {
      throw new RangeError(
        `Cannot continue training: the loss or gradient of step ${broken.step + 1} is not finite ` +
          `(loss ${broken.loss}, gradient norm ${broken.norm}); its update was ` +
          // Adam checks the norm only, and a loss can overflow alone.
          (Number.isFinite(broken.norm)
            ? "applied"
            : "not applied: parameters and moments are as before it"),
      );
    }
  }

  /** The last metrics that were read, in words: for the error that ends a run. */
  get lastKnown(): string {
    if (!this.#last) return "no metrics were read before";
    const { step, prefixes, row } = this.#last;
    const l0 = row[METRICS_HEADER + 3 * prefixes.length - 1];
    return `the last metrics read are of step ${step + 1} (loss ${row[0]}, L0 ${l0})`;
  }

  /** Candidates per row of the last step that was read, if it screened. */
  get candidates(): number | undefined {
    return this.#last?.candidates;
  }

  /** Returns the largest L0 read since the last call, and starts anew. */
  takeLargestL0(): number {
    const largest = this.#largestL0;
    this.#largestL0 = 0;
    return largest;
  }

  /**
   * Returns the state, for `restore`.
   *
   * @throws {RangeError} as `drain`.
   */
  async state(): Promise<MetricsState> {
    await this.drain();
    if (!this.#last) return { largestL0: this.#largestL0 };
    const { prefixes, row } = this.#last;
    return { largestL0: this.#largestL0, last: { prefixes, row: Float64Array.from(row) } };
  }

  /** Continues from a state after this many steps, which `checkMetrics` has checked. */
  restore({ largestL0, last }: MetricsState, steps: number): void {
    this.#largestL0 = largestL0;
    if (last) this.#last = { step: steps - 1, prefixes: [...last.prefixes], row: last.row.slice() };
  }

  /** Reads the metrics of the last step. `dead` tells for each latent whether it is dead. */
  async latest(dead: readonly boolean[]): Promise<StepMetrics> {
    await this.drain();
    const { step, prefixes, row, candidates } = this.#last!;
    const P = prefixes.length;
    const d = this.#inputSize;
    const [loss, sparsityScale, variance, gradientNorm] = row;
    // FVU is a ratio of sums over features; SE_j may be a mean over them.
    const features = this.#options.loss.squaredError === "mean" ? d : 1;
    let counted = 0;
    let deadLatents = 0;
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
      ...this.#termsOf(row, P),
      ...(candidates !== undefined && { screening: { candidates } }),
    };
  }

  /** Returns the terms of the loss beside those of the prefixes, as far as the recipe has them. */
  #termsOf(row: Values, P: number): Partial<StepMetrics> {
    const { recipe, loss } = this.#options;
    const [auxiliaryLoss, multiTopkLoss, preActivationLoss, targetL0Loss] = row.slice(
      METRICS_HEADER + 3 * P,
    );
    return {
      ...recipe.auxiliary && { auxiliaryLoss },
      ...recipe.multiTopk > 0 && { multiTopkLoss },
      ...(recipe.thresholdTraining?.preActivationLoss ?? 0) > 0 && { preActivationLoss },
      ...loss.penaltyL0 !== undefined && { targetL0Loss },
    };
  }

  /** Frees the ring. */
  [Symbol.dispose](): void {
    this.#rows?.[Symbol.dispose]();
    this.slot[Symbol.dispose]();
  }
}
