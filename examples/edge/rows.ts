import type { BodyKind } from "./body.ts";
import { Refusal } from "./refusal.ts";

/**
 * Returns the rows [B, inputSize] of a body: at least one, and all values finite.
 *
 * Throws a 400 if the body is not of its declared type, a 413 for too many rows, and a 422 for rows of another
 * width or a value that is not a finite float32.
 */
export function readRows(
  body: Uint8Array<ArrayBuffer>,
  kind: BodyKind,
  inputSize: number,
  maxRows: number,
): Float32Array<ArrayBuffer> {
  const rows = kind === "json"
    ? fromJson(body, inputSize, maxRows)
    : fromBinary(body, inputSize, maxRows);
  // The negated comparison also finds NaN.
  const bad = rows.findIndex((value) => !(Math.abs(value) < Infinity));
  if (bad < 0) return rows;
  const row = Math.floor(bad / inputSize);
  throw new Refusal(422, `Value ${bad % inputSize} of row ${row} is not a finite float32`);
}

function checkCount(count: number, maxRows: number): void {
  if (count === 0) throw new Refusal(422, "The body must have at least 1 row but has 0");
  if (count <= maxRows) return;
  throw new Refusal(413, `The body must have at most ${maxRows} rows but has ${count}`);
}

/** Reads little-endian float32 values, row after row. */
function fromBinary(body: Uint8Array<ArrayBuffer>, inputSize: number, maxRows: number) {
  const width = 4 * inputSize;
  if (body.length % width !== 0) {
    throw new Refusal(
      422,
      `The body must be whole rows of ${inputSize} float32 values (${width} bytes) but has ` +
        `${body.length} bytes`,
    );
  }
  checkCount(body.length / width, maxRows);
  // WebAssembly is little-endian, and so is every machine that runs these platforms.
  return new Float32Array(body.buffer, body.byteOffset, body.length / 4);
}

/** Reads an array of rows, `[[…], …]`. */
function fromJson(
  body: Uint8Array,
  inputSize: number,
  maxRows: number,
): Float32Array<ArrayBuffer> {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(given)) {
    throw new Refusal(422, "The body must be an array of rows, like [[0.5, 1.25], [0, 2]]");
  }
  checkCount(given.length, maxRows);
  const rows = new Float32Array(given.length * inputSize);
  given.forEach((row: unknown, b) => {
    if (!Array.isArray(row)) throw new Refusal(422, `Row ${b} must be an array of numbers`);
    if (row.length !== inputSize) {
      throw new Refusal(
        422,
        `Row ${b} has ${row.length} values but the autoencoder takes ${inputSize}`,
      );
    }
    const wrong = row.findIndex((value) => typeof value !== "number");
    if (wrong >= 0) throw new Refusal(422, `Value ${wrong} of row ${b} is not a number`);
    rows.set(row, b * inputSize);
  });
  return rows;
}
