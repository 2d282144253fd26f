import {
  activationBatches,
  type ActivationsDescription,
  type BatchKinds,
  type BatchShare,
  describeActivations,
  RowError,
  type RowRange,
  ShuffledActivations,
  type ShuffledActivationsOptions,
  type ShuffleState,
} from "@matryoshka/sae";
import { activationPaths, type FileSource, openFile } from "@matryoshka/sae/files";
import { UsageError } from "../terminal/failure.ts";
import { scoped } from "../terminal/scope.ts";
import { Progress } from "../terminal/progress.ts";
import { counted } from "../terminal/text.ts";
import { notesOnActivations } from "./activation_notes.ts";

/** What options and arguments that take activations accept, for their descriptions. */
export const ACTIVATION_FILES =
  ".npy, .npz, .safetensors or .pt files of [rows, inputSize] or [batch, seq, inputSize]; " +
  "folders and patterns such as 'acts/*.npy' stand for their files";

/** The description of `--tensor`. */
export const TENSOR_OPTION =
  'array to read of .npz, .safetensors and .pt files (default: "activations", or the only matrix)';

/** A range of rows, and the size of the batches that they are read in. */
export interface BatchOptions {
  readonly rows: Required<RowRange>;
  readonly batchRows: number;
  /** The batches of this rank, if several ranks deal them in turn. */
  readonly share?: BatchShare;
  /** What several ranks do at the same time, if `rows` is one rank's share of it. */
  readonly together?: { readonly rows: number; readonly ranks: number };
}

/** Open files of activations. */
export class ActivationFiles implements AsyncDisposable {
  readonly #files: readonly FileSource[];
  readonly #tensor?: string;
  /** Shapes and formats, from the headers of the files. */
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

  /**
   * Opens the files that the paths stand for, reads their headers, and prints notes on how they are read.
   *
   * @param paths Files, folders and patterns.
   */
  static open(paths: readonly string[], tensor?: string): Promise<ActivationFiles> {
    return scoped(async (opened) => {
      const files: FileSource[] = [];
      const found = await activationPaths(paths);
      for (const path of found) files.push(opened.use(await openFile(path)));
      const description = await describeActivations(files, { tensor });
      for (const note of notesOnActivations(paths, found, description)) {
        console.error(`Note: ${note}`);
      }
      opened.move();
      return new ActivationFiles(files, tensor, description);
    });
  }

  /** Returns the rows of an option `flag`; all rows unless it is given. */
  rows(flag: string, range: RowRange = {}): Required<RowRange> {
    const { rows: count } = this.description;
    const { from = 0, to = count } = range;
    if (to > count) {
      throw new UsageError(
        `Cannot use ${flag} ${from}:${to}: the data has ${counted(count, "row")}`,
      );
    }
    if (from < to) return { from, to };
    throw new UsageError(`Cannot use ${flag} ${from}:${to}: the range holds no rows`);
  }

  /**
   * Passes the rows to `work` in order, the last batch being smaller, and shows the progress on stderr: if several ranks
   * work on them, that of all. An error about a row of a batch is rethrown with the name of its file and the row's number
   * there.
   */
  async inOrder<Result>(
    label: string,
    options: BatchOptions,
    work: (batches: AsyncIterable<Float32Array>) => Promise<Result>,
  ): Promise<Result> {
    return await this.inPasses(label, options, (pass) => work(pass()));
  }

  /** Does the same for work that reads the rows more than once, one pass after the other: each call begins a pass. */
  async inPasses<Result>(
    label: string,
    { rows, batchRows, share = { part: 0, parts: 1 }, together }: BatchOptions,
    work: (pass: () => AsyncIterable<Float32Array>) => Promise<Result>,
  ): Promise<Result> {
    const { part, parts } = share;
    const options = { tensor: this.#tensor, rows, batchRows, partial: true, share };
    const files = this.#files;
    const all = together ?? { rows: rows.to - rows.from, ranks: parts };
    let progress: Progress | undefined;
    let begin = 0;
    async function* watched(): AsyncGenerator<Float32Array, void, void> {
      progress?.[Symbol.dispose]();
      progress = new Progress(label, all.rows, 1);
      begin = rows.from + part * batchRows;
      let done = 0;
      // A rank may have no rows.
      for await (const batch of rows.from < rows.to ? activationBatches(files, options) : []) {
        yield batch;
        begin += parts * batchRows;
        done = Math.min(done + all.ranks * batchRows, all.rows);
        progress.advance(done);
      }
    }
    try {
      return await work(watched);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      throw error.renamed(this.#nameOfRow(begin + error.row));
    } finally {
      progress?.[Symbol.dispose]();
    }
  }

  /** Names a row, counted over all files, by its file and its number there. */
  #nameOfRow(row: number): string {
    for (const { name, rows } of this.description.shards) {
      if (row < rows) return `row ${row} of ${name}`;
      row -= rows;
    }
    throw new RangeError(`Cannot name row ${row}: it lies beyond the last one`);
  }

  /**
   * Opens an endless stream of shuffled batches, from the beginning or from a saved state. If all files are F16,
   * the batches hold float16 values.
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
