/** Reads the file of a new text: rows of activations, and tokens if it holds them. */
import {
  activationBatches,
  describeActivations,
  readSafetensorsHeader,
  sourceFromBlob,
} from "@matryoshka/sae";
import { readIntegers } from "../../integer_arrays.ts";
import { MOST_ROWS, type TextFacts } from "./protocol.ts";

/** The name of the tensor of tokens. */
const TOKENS = "tokens";

/** A file whose rows fit an autoencoder. */
export interface TextFile extends Omit<TextFacts, "by"> {
  /** Reads the rows from `from` to `to` in batches [batchRows, inputSize]. */
  batches(batchRows: number): AsyncIterable<Float32Array>;
}

/**
 * Opens a file at one of its rows.
 *
 * @throws {RangeError | TypeError} if it is no file of activations, is cut off, or has rows of another width, fewer rows,
 * or not as many tokens as rows.
 */
export async function openText(file: File, from: number, inputSize: number): Promise<TextFile> {
  const source = sourceFromBlob(file);
  const { rows, inputSize: width, shards: [shard] } = await describeActivations([source]);
  const { name } = file;
  if (width !== inputSize) {
    throw new RangeError(
      `Cannot encode ${name}: the autoencoder takes rows of ${inputSize} values but these have ${width}`,
    );
  }
  if (from >= rows) {
    throw new RangeError(`Cannot encode ${name} from row ${from} on: it has ${rows} rows`);
  }
  const to = Math.min(rows, from + MOST_ROWS);
  const holdsTokens = shard.format === "safetensors" &&
    (await readSafetensorsHeader(source)).tensors.has(TOKENS);
  const tokens = holdsTokens ? await readIntegers(source, TOKENS) : undefined;
  if (tokens && tokens.length !== rows) {
    throw new RangeError(
      `Cannot show the tokens of ${name}: it has ${rows} rows but ${tokens.length} tokens`,
    );
  }
  return {
    name,
    rows,
    from,
    to,
    context: shard.shape?.[1],
    tokens: tokens?.slice(from, to),
    batches: (batchRows) =>
      activationBatches([source], {
        batchRows: Math.min(batchRows, to - from),
        rows: { from, to },
        partial: true,
      }),
  };
}
