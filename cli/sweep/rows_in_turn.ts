/**
 * Reads rows once for several autoencoders that are measured on them.
 *
 * @module
 */
import { RowError } from "@matryoshka/sae";
import type { ActivationFiles, BatchOptions } from "../files/activation_files.ts";
import { type Turn, Turns } from "./turns.ts";

/** What measuring reads of the files. */
type Rows = Pick<ActivationFiles, "description" | "inOrder">;

/** One reading of rows that several consumers share; all of them ask for the same rows. */
export class RowsInTurn {
  readonly #files: Rows;
  readonly #count: number;
  readonly #errors: unknown[] = [];
  /** The consumers that never ask for rows. */
  readonly #left = new Set<number>();
  #turns?: Promise<Turns<Float32Array>>;
  #reading?: Promise<void>;

  /** @param count the number of consumers */
  constructor(files: Rows, count: number) {
    this.#files = files;
    this.#count = count;
  }

  /** Returns the files as one of the consumers reads them. */
  of(index: number): Rows {
    const { description } = this.#files;
    return {
      description,
      inOrder: async (label, options, work) => {
        const turn = (await this.#open(label, options)).of(index);
        return await this.#take(turn, work);
      },
    };
  }

  /** Tells the others not to wait for a consumer that has not asked for rows. */
  async leave(index: number): Promise<void> {
    this.#left.add(index);
    const turns = await this.#turns?.catch(() => undefined);
    turns?.of(index).leave();
  }

  /** Starts the reading with the first consumer that asks. */
  #open(label: string, options: BatchOptions): Promise<Turns<Float32Array>> {
    return this.#turns ??= new Promise((resolve, reject) => {
      this.#reading = this.#files.inOrder(label, options, async (batches) => {
        const turns = new Turns(batches, { skips: Array<number>(this.#count).fill(0) });
        for (const index of this.#left) turns.of(index).leave();
        resolve(turns);
        await turns.ended;
        // The rows of an error are named where they are read.
        const error = this.#errors.find((each) => each instanceof RowError);
        if (error !== undefined) throw error;
      });
      this.#reading.catch(reject);
    });
  }

  async #take<Result>(
    turn: Turn<Float32Array>,
    work: (batches: AsyncIterable<Float32Array>) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(turn.items);
    } catch (error) {
      this.#errors.push(error);
      turn.leave();
      await this.#reading;
      throw error;
    } finally {
      turn.leave();
    }
  }
}
