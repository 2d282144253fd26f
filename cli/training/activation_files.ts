import {
  activationBatches,
  type ActivationsDescription,
  type BatchKinds,
  describeActivations,
  type RowRange,
  ShuffledActivations,
  type ShuffledActivationsOptions,
  type ShuffleState,
} from "../../mod.ts";
import { type FileSource, openFile } from "../../src/io/sources/files.ts";
import { checkRows } from "../../src/io/arrays/float_rows.ts";
import { RowError } from "../../src/base/row_error.ts";
import { asUsage, UsageError } from "../terminal/failure.ts";
import { Progress } from "../terminal/progress.ts";

/** How rows are cut into batches. */
export interface BatchOptions {
  readonly rows: Required<RowRange>;
  readonly batchRows: number;
}

/** The files named by `--data`, open. */
export class ActivationFiles implements AsyncDisposable {
  readonly #files: readonly FileSource[];
  readonly #tensor?: string;
  /** What their headers say. */
  readonly description: ActivationsDescription;

  private constructor(
    files: readonly FileSource[],
    tensor: string | undefined,
    description: ActivationsDescription,
  ) {
    this.#files = files;
    this.#tensor = tensor;
    this.description = description;
  }

  /** Opens the files and reads their headers. */
  static async open(paths: readonly string[], tensor?: string): Promise<ActivationFiles> {
    await using opened = new AsyncDisposableStack();
    const files: FileSource[] = [];
    for (const path of paths) files.push(opened.use(await openFile(path)));
    const description = await describeActivations(files, { tensor });
    opened.move();
    return new ActivationFiles(files, tensor, description);
  }

  /** The rows that an option names, all unless given. */
  rows(flag: string, range?: RowRange): Required<RowRange> {
    const all = this.description.rows;
    const rows = asUsage(() => checkRows(`the data, named by ${flag}`, all, range));
    if (rows.from < rows.to) return rows;
    throw new UsageError(`Cannot use ${flag}: of ${all} rows, ${rows.from} to ${rows.to} are none`);
  }

  /**
   * Gives `work` the rows in order, those left over as a smaller batch, and says on stderr how far it has come.
   * An error about a row of a batch names the row of the file instead.
   */
  async inOrder<Result>(
    label: string,
    { rows, batchRows }: BatchOptions,
    work: (batches: AsyncIterable<Float32Array>) => Promise<Result>,
  ): Promise<Result> {
    const options = { tensor: this.#tensor, rows, batchRows, partial: true };
    const batches = activationBatches(this.#files, options);
    const { inputSize } = this.description;
    using progress = new Progress(label, rows.to - rows.from, 1);
    let done = 0;
    async function* watched(): AsyncGenerator<Float32Array, void, void> {
      for await (const batch of batches) {
        yield batch;
        done += batch.length / inputSize;
        progress.advance(done);
      }
    }
    try {
      return await work(watched());
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      throw error.renamed(this.#nameOfRow(rows.from + done + error.row));
    }
  }

  /** What to call a row that is counted over all files: by its number in its own. */
  #nameOfRow(row: number): string {
    for (const { name, rows } of this.description.shards) {
      if (row < rows) return `row ${row} of ${name}`;
      row -= rows;
    }
    throw new RangeError(`Cannot name row ${row}: it lies behind the last`);
  }

  /**
   * Batches without end, from the first pass or from where a state was taken; halves as they are if all
   * files are F16.
   */
  shuffled(
    options: Omit<ShuffledActivationsOptions, "tensor" | "dtype">,
    state?: ShuffleState,
  ): Promise<ShuffledActivations<keyof BatchKinds>> {
    const dtype: keyof BatchKinds = this.description.shards.every(({ dtype }) => dtype === "F16")
      ? "F16"
      : "F32";
    const all = { ...options, dtype, tensor: this.#tensor };
    return state
      ? ShuffledActivations.resume(this.#files, all, state)
      : ShuffledActivations.open(this.#files, all);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close();
  }
}
