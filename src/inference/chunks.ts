/**
 * Any number of rows or codes, block by block.
 *
 * @module
 */
import { checkFinite, firstBeyond } from "../base/checks.ts";
import type { SparseCodes } from "../model/codes.ts";
import { RowError } from "../base/row_error.ts";
import { normalizeRows, restoreUnits } from "./row_normalization.ts";
import type { Decoder } from "./decoding.ts";
import type { Encoder } from "./encoding.ts";
import { joinCodes, largestCodes } from "./chunk_codes.ts";
import type { ResolvedSae } from "./options.ts";

/** One call: what could not be done otherwise, and whether it is to go on after a wait. */
export interface Call {
  readonly task: string;
  checkAlive(): void;
}

/** The codes of finite rows [B, d]. */
export async function encodeBlocks(
  encoder: Encoder,
  { loss, blockRows, inputNormalization }: ResolvedSae,
  x: Float32Array,
  inputSize: number,
  { task, checkAlive }: Call,
): Promise<SparseCodes> {
  const { rows, units } = normalizeRows(x, inputSize, inputNormalization, task);
  const B = rows.length / inputSize, most = loss.k * B;
  // The largest of all blocks may be any of the positive ones of each.
  const across = loss.selection === "batchtopk" && B > blockRows;
  const encoding = across ? { ...loss, selection: "relu" as const, k: 0 } : loss;
  let blocks: SparseCodes[] = [], gathered = 0;
  for (let from = 0; from < B; from += blockRows) {
    const to = Math.min(from + blockRows, B);
    checkAlive();
    const codes = await encoder.encode(rows.subarray(from * inputSize, to * inputSize), encoding);
    checkActivations(codes, from, task);
    blocks.push(codes);
    gathered += codes.values.length;
    // At twice the number, so that throwing away costs less than what was computed in between.
    if (across && gathered > 2 * most) {
      blocks = [largestCodes(joinCodes(blocks), most)];
      gathered = most;
    }
  }
  checkAlive();
  const codes = across ? largestCodes(joinCodes(blocks), most) : joinCodes(blocks);
  return units ? { ...codes, rowUnits: units } : codes;
}

/** The reconstruction [B, d] of the codes below `prefix`; codes are well formed and fit. */
export async function decodeBlocks(
  decoder: Decoder,
  { blockRows, inputNormalization }: ResolvedSae,
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
      `Cannot ${task}: the codes ${
        normalises ? "lack" : "have"
      } rowUnits but the inputNormalization of ` +
        `the autoencoder is "${inputNormalization.kind}"`,
    );
  }
  const reconstruction = new Float32Array(B * inputSize);
  for (let from = 0; from < B; from += blockRows) {
    checkAlive();
    const to = Math.min(from + blockRows, B);
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

/** Finite rows and weights may still give a sum beyond float32. */
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
