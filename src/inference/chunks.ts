/**
 * Encodes and decodes any number of rows, one chunk of them at a time.
 *
 * @module
 */
import { checkFinite, firstBeyond } from "../base/checks.ts";
import type { SparseCodes } from "../model/codes.ts";
import { RowError } from "../base/row_error.ts";
import { normalizeRows, restoreUnits } from "../model/row_normalization.ts";
import type { Decoder } from "./decoding.ts";
import type { Encoder } from "./encoding.ts";
import { joinCodes, largestCodes } from "./chunk_codes.ts";
import type { ResolvedSae } from "./options.ts";

/** One call: its task, for errors, and a check after each wait that it may go on. */
export interface Call {
  readonly task: string;
  checkAlive(): void;
}

/** Encodes finite rows [B, d]. */
export async function encodeChunks(
  encoder: Encoder,
  { loss, chunkRows, inputNormalization }: ResolvedSae,
  x: Float32Array,
  inputSize: number,
  { task, checkAlive }: Call,
): Promise<SparseCodes> {
  const { rows, units } = normalizeRows(x, inputSize, inputNormalization, task);
  const B = rows.length / inputSize;
  const most = Math.ceil(loss.k) * B;
  // The k·B largest activations may all lie in one chunk, so each chunk keeps every positive one at first.
  const across = loss.selection === "batchtopk" && B > chunkRows;
  const encoding = across ? { ...loss, selection: "relu" as const, k: 0 } : loss;
  let chunks: SparseCodes[] = [];
  let gathered = 0;
  for (let from = 0; from < B; from += chunkRows) {
    const to = Math.min(from + chunkRows, B);
    checkAlive();
    const codes = await encoder.encode(rows.subarray(from * inputSize, to * inputSize), encoding);
    checkActivations(codes, from, task);
    chunks.push(codes);
    gathered += codes.values.length;
    // Not before twice the number: selecting costs a sort of all that was gathered.
    if (across && gathered > 2 * most) {
      chunks = [largestCodes(joinCodes(chunks), most)];
      gathered = most;
    }
  }
  checkAlive();
  const codes = across ? largestCodes(joinCodes(chunks), most) : joinCodes(chunks);
  return units ? { ...codes, rowUnits: units } : codes;
}

/** Reconstructs rows [B, d] from the latents below `prefix`. The codes must be well formed and of N latents. */
export async function decodeChunks(
  decoder: Decoder,
  { chunkRows, inputNormalization }: ResolvedSae,
  codes: SparseCodes,
  inputSize: number,
  prefix: number,
  { task, checkAlive }: Call,
): Promise<Float32Array> {
  const { rows: B, rowUnits } = codes;
  checkFinite(codes.values, "values", task);
  const normalises = inputNormalization.kind !== "none";
  if (normalises !== (rowUnits !== undefined)) {
    throw new RangeError(
      `Cannot ${task}: the codes ${normalises ? "lack" : "have"} rowUnits but the ` +
        `inputNormalization of the autoencoder is "${inputNormalization.kind}"`,
    );
  }
  const reconstruction = new Float32Array(B * inputSize);
  for (let from = 0; from < B; from += chunkRows) {
    checkAlive();
    const to = Math.min(from + chunkRows, B);
    reconstruction.set(await decoder.decode(codes, from, to, prefix), from * inputSize);
  }
  checkAlive();
  if (rowUnits) restoreUnits(reconstruction, inputSize, rowUnits);
  const beyond = firstBeyond(reconstruction);
  if (beyond < 0) return reconstruction;
  const row = Math.floor(beyond / inputSize);
  throw new RowError(
    row,
    (name) => `Cannot ${task}: the reconstruction of ${name} has ${reconstruction[beyond]}`,
    `row ${row}`,
  );
}

/** Throws if an activation is not finite: sums of finite rows and weights may still overflow float32. */
function checkActivations(
  { rowOffsets, indices, values }: SparseCodes,
  from: number,
  task: string,
) {
  const beyond = firstBeyond(values);
  if (beyond < 0) return;
  const row = from + rowOffsets.findLastIndex((offset) => offset <= beyond);
  throw new RowError(
    row,
    (name) => `Cannot ${task}: latent ${indices[beyond]} of ${name} is ${values[beyond]}`,
  );
}
