/**
 * Files of activations as batches.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkObject, firstBeyond, wrongKind } from "../checks.ts";
import { type ByteSource, readExactly } from "../io/bytes.ts";
import {
  checkRows,
  decodeFloats,
  FLOAT_BYTES,
  type FloatDType,
  type FloatLayout,
  isFloatDType,
  type RowRange,
} from "../io/floats.ts";
import { NPY_MAGIC, readNpyHeader } from "../io/npy.ts";
import { readSafetensorsHeader } from "../io/safetensors.ts";

/** One file of activations. */
export interface ActivationShard {
  /** The source's name. */
  name: string;
  /** Found by the content, not by the name. */
  format: "npy" | "safetensors";
  /** The tensor that holds the activations; a `.npy` file has no names. */
  tensor?: string;
  /** How the file keeps its values; batches are float32 whatever it is. */
  dtype: FloatDType;
  /** Rows of this file. */
  rows: number;
}

/** What {@linkcode describeActivations} finds. */
export interface ActivationsDescription {
  /** Rows of all shards together. */
  rows: number;
  /** Values per row, `d` of the autoencoder. */
  inputSize: number;
  /** The files, in the order given. */
  shards: ActivationShard[];
}

/** How {@linkcode activationBatches} cuts the rows. */
export interface ActivationBatchOptions {
  /** Rows per batch. */
  batchRows: number;
  /** The tensor to read from safetensors files; `.npy` files have only one. */
  tensor?: string;
  /** The rows to read, counted across all shards in order; by default all. */
  rows?: RowRange;
  /** Whether the rows left over at the end come as a smaller batch; by default they are dropped. */
  partial?: boolean;
}

// One read: large enough that its cost is the copying, small beside any batch worth training on.
const CHUNK_BYTES = 4 << 20;

interface Shard extends ActivationShard {
  source: ByteSource;
  layout: FloatLayout;
  inputSize: number;
}

async function openSafetensors(source: ByteSource, tensor?: string): Promise<Shard> {
  const { tensors } = await readSafetensorsHeader(source);
  const matrices = [...tensors].filter(([, { dtype, shape }]) =>
    isFloatDType(dtype) && shape.length === 2
  );
  const only = matrices.length === 1 ? matrices[0][0] : undefined;
  const name = tensor ?? (tensors.has("activations") ? "activations" : only);
  const entry = name === undefined ? undefined : tensors.get(name);
  if (name === undefined || entry === undefined) {
    const wanted = tensor === undefined
      ? `none is called "activations" and ${matrices.length} are float matrices`
      : `none is called ${JSON.stringify(tensor)}`;
    const list = [...tensors].map(([key, t]) => `${JSON.stringify(key)} ${t.dtype} [${t.shape}]`);
    throw new RangeError(
      `Cannot choose the activations of ${source.name}: of its tensors ${wanted}: ` +
        (list.join(", ") || "it has none"),
    );
  }
  const { dtype, shape, offset } = entry;
  if (!isFloatDType(dtype)) {
    throw new TypeError(
      `Cannot read activations from tensor ${JSON.stringify(name)} of ${source.name}: ` +
        `its dtype is ${dtype} but only ${Object.keys(FLOAT_BYTES).join(", ")} are read`,
    );
  }
  return shardOf(source, "safetensors", { dtype, shape, offset }, name);
}

function shardOf(
  source: ByteSource,
  format: ActivationShard["format"],
  layout: FloatLayout,
  tensor?: string,
): Shard {
  const { shape, dtype } = layout;
  if (shape.length !== 2 || shape.includes(0)) {
    throw new RangeError(
      `Cannot read activations from ${source.name}: their shape must be [rows, inputSize], ` +
        `both at least 1, but is [${shape}]`,
    );
  }
  const [rows, inputSize] = shape;
  return { source, name: source.name, format, tensor, dtype, rows, inputSize, layout };
}

/** Where the header of a safetensors file begins, behind its length. */
const SAFETENSORS_HEADER = 8;

async function openShards(sources: readonly ByteSource[], tensor?: string): Promise<Shard[]> {
  if (!Array.isArray(sources)) {
    throw wrongKind(sources, "sources", "an array of byte sources", "read activations");
  }
  if (tensor !== undefined && typeof tensor !== "string") {
    throw wrongKind(tensor, "tensor", "a name", "read activations");
  }
  if (sources.length === 0) {
    throw new RangeError("Cannot read activations: at least 1 source is needed but there are 0");
  }
  const shards: Shard[] = [];
  for (const source of sources) {
    const start = await readExactly(source, 0, Math.min(source.size, SAFETENSORS_HEADER + 1));
    // By content: names lie, and a Blob may have none.
    const isNpy = NPY_MAGIC.every((byte, i) => start[i] === byte);
    if (!isNpy && start[SAFETENSORS_HEADER] !== "{".charCodeAt(0)) {
      throw new TypeError(
        `Cannot read activations from ${source.name}: it is neither .npy nor safetensors`,
      );
    }
    const shard = isNpy
      ? shardOf(source, "npy", await readNpyHeader(source))
      : await openSafetensors(source, tensor);
    if (shards.length > 0 && shard.inputSize !== shards[0].inputSize) {
      throw new RangeError(
        `Cannot read activations: inputSize is ${shards[0].inputSize} in ${shards[0].name} ` +
          `but ${shard.inputSize} in ${shard.name}`,
      );
    }
    shards.push(shard);
  }
  return shards;
}

const total = (shards: readonly Shard[]): number => shards.reduce((sum, { rows }) => sum + rows, 0);

function checkFinite(values: Float32Array, shard: Shard, firstRow: number): void {
  const at = firstBeyond(values);
  if (at < 0) return;
  const row = firstRow + Math.floor(at / shard.inputSize);
  throw new RangeError(
    `Cannot use the activations of ${shard.name}: row ${row} must be finite ` +
      `but holds ${values[at]} in column ${at % shard.inputSize}`,
  );
}

/**
 * What the headers of activation files say; no activations are read.
 *
 * @param sources `.npy` or safetensors files, known by their content, all of the same inputSize.
 * @param tensor as in {@linkcode activationBatches}.
 * @throws the errors of {@linkcode activationBatches} about headers.
 *
 * @example
 * ```ts
 * import { describeActivations, encodeSafetensors, sourceFromBytes } from "@matryoshka/sae";
 *
 * const x = { shape: [3, 2], data: new Float32Array(6) };
 * const source = sourceFromBytes(encodeSafetensors({ activations: x }));
 * const { rows, inputSize } = await describeActivations([source, source]);
 * if (rows !== 6 || inputSize !== 2) throw new Error("expected 6 rows of 2");
 * ```
 */
export async function describeActivations(
  sources: readonly ByteSource[],
  { tensor }: { tensor?: string } = {},
): Promise<ActivationsDescription> {
  const shards = await openShards(sources, tensor);
  return {
    rows: total(shards),
    inputSize: shards[0].inputSize,
    shards: shards.map(({ name, format, tensor, dtype, rows }) => ({
      name,
      format,
      ...(tensor === undefined ? {} : { tensor }),
      dtype,
      rows,
    })),
  };
}

/**
 * Activations as batches of float32 [batchRows, inputSize], in the order of the files, without ever
 * holding more than a batch and 4 MiB (or one row, where that is longer). Each batch is a new array.
 *
 * Of a safetensors file the tensor named `tensor` is read, else `activations`, else the only
 * two-dimensional float tensor.
 *
 * @param sources `.npy` or safetensors files, known by their content, all of the same inputSize.
 * @param options which rows, and how many at a time.
 * @throws {RangeError} where a file is damaged or has no rows, inputSize differs between files, the rows
 * are not there, or none, or fewer than a batch (and `partial` is false), or a value is NaN or infinite as
 * float32: then it names the file and the row in that file, counted from 0.
 * @throws {TypeError} where a file is of another kind or its values are no floats, or an option is of the
 * wrong kind.
 *
 * @example
 * ```ts
 * import { activationBatches, encodeSafetensors, sourceFromBytes } from "@matryoshka/sae";
 *
 * const x = { shape: [3, 2], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
 * const shard = sourceFromBytes(encodeSafetensors({ activations: x }), "shard.safetensors");
 * const firsts: number[] = [];
 * for await (const batch of activationBatches([shard, shard], { batchRows: 2 })) {
 *   firsts.push(batch[0]);
 * }
 * if (firsts.join() !== "1,5,3") throw new Error("expected 1, 5, 3");
 * ```
 */
export async function* activationBatches(
  sources: readonly ByteSource[],
  options: ActivationBatchOptions,
): AsyncGenerator<Float32Array, void, void> {
  const task = "read activations in batches";
  checkObject(options, "options", task);
  const { batchRows, tensor, rows, partial = false } = options;
  checkInteger(batchRows, "batchRows", task);
  checkBoolean(partial, "partial", task);
  const shards = await openShards(sources, tensor);
  const { inputSize: d } = shards[0];
  const { from, to } = checkRows("the activations", total(shards), rows);
  if (from === to) {
    throw new RangeError(
      `Cannot ${task}: at least 1 row is needed but rows ${from} to ${to} are 0`,
    );
  }
  if (to - from < batchRows && !partial) {
    throw new RangeError(
      `Cannot ${task}: batchRows is ${batchRows} but there are ${to - from} rows`,
    );
  }
  // Without `partial`, rows that would be dropped are not read either.
  const last = partial ? to : to - (to - from) % batchRows;
  let batch = new Float32Array(0), filled = 0, base = 0, done = from;
  for (const shard of shards) {
    const rowBytes = d * FLOAT_BYTES[shard.layout.dtype];
    const chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
    const end = Math.min(shard.rows, last - base);
    for (let row = Math.max(0, from - base); row < end;) {
      const count = Math.min(chunkRows, end - row);
      const chunk = await readExactly(
        shard.source,
        shard.layout.offset + row * rowBytes,
        count * rowBytes,
      );
      for (let k = 0; k < count;) {
        if (filled === 0) batch = new Float32Array(Math.min(batchRows, last - done) * d);
        const take = Math.min(count - k, batch.length / d - filled);
        const into = batch.subarray(filled * d, (filled + take) * d);
        const bytes = chunk.subarray(k * rowBytes, (k + take) * rowBytes);
        decodeFloats(bytes, shard.layout.dtype, { bigEndian: shard.layout.bigEndian, into });
        checkFinite(into, shard, row + k);
        filled += take;
        k += take;
        if (filled * d < batch.length) continue;
        done += filled;
        filled = 0;
        yield batch;
      }
      row += count;
    }
    base += shard.rows;
  }
}
