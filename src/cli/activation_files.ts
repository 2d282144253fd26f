import {
  activationBatches,
  type ActivationsDescription,
  type Batch,
  describeActivations,
  type Random,
  repeated,
  type RowRange,
  shuffledRows,
} from "../../mod.ts";
import { type FileSource, openFile } from "../io/files.ts";
import { checkRows } from "../io/floats.ts";
import { asUsage, UsageError } from "./failure.ts";

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

  /** The rows in order, those left over as a smaller batch. */
  inOrder({ rows, batchRows }: BatchOptions): AsyncIterable<Float32Array> {
    return activationBatches(this.#files, { tensor: this.#tensor, rows, batchRows, partial: true });
  }

  /**
   * Batches without end, mixed in a buffer of so many rows; halves as they are if all files are F16.
   * Leftovers of a pass are dropped.
   */
  shuffled(
    options: BatchOptions & { readonly bufferRows: number; readonly random: Random },
  ): AsyncIterable<Batch> {
    const { rows, batchRows, random } = options;
    const bufferRows = Math.min(options.bufferRows, rows.to - rows.from);
    const { inputSize, shards } = this.description;
    const dtype = shards.every(({ dtype }) => dtype === "F16") ? "F16" : "F32";
    const mix = { inputSize, bufferRows, batchRows, random: () => random.uniform() };
    const read = { tensor: this.#tensor, rows, batchRows, partial: true, dtype } as const;
    return repeated<Batch>(() => shuffledRows(activationBatches(this.#files, read), mix));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close();
  }
}
