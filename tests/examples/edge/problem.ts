/** An autoencoder for the edge service, rows to send, and the expected codes. */
import { assert, assertEquals } from "@std/assert";
import {
  createBackend,
  denseFromCodes,
  initialParameters,
  Random,
  saveSae,
  SparseAutoencoder,
  type SparseCodes,
} from "../../../mod.ts";
import { roundoffOf } from "../../conformance/tolerance.ts";

/** The latents of the file, of which the service loads the first `PREFIX`. */
const LATENT_COUNT = 4096;
export const PREFIX = 1024;
export const INPUT_SIZE = 256;

/** Pre-activations of random rows are about normally distributed, so this bias leaves 3 % of them positive. */
const ENCODER_BIAS = -1.88;

const random = Random.fromSeed(11);
const whole = initialParameters(INPUT_SIZE, LATENT_COUNT, random);
whole.encoderBias.fill(ENCODER_BIAS);

/** The file that the service loads: 8 MiB, in this package's own format. */
export const FILE: Uint8Array = saveSae({
  parameters: whole,
  activation: { kind: "relu" },
  subtractDecoderBias: false,
}, "native")["sae.safetensors"];

/** Returns rows of random activations. */
export function randomRows(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count * INPUT_SIZE }, () => random.normal());
}

/** Rows to send, and what must be answered. */
export interface Problem {
  /** Returns rows [count, d]. */
  rows(count: number): Float32Array<ArrayBuffer>;
  /** Throws unless these are the codes of these rows. */
  assertCodes(codes: SparseCodes, rows: Float32Array): Promise<void>;
}

/** Returns the codes in float64. */
export async function expectedCodes(rows: Float32Array): Promise<SparseCodes> {
  using backend = await createBackend("reference");
  using sae = SparseAutoencoder.fromParameters(backend, whole, { activation: { kind: "relu" } });
  using first = sae.prefix(PREFIX);
  return await first.encode(rows);
}

/**
 * Throws unless codes agree with the float64 ones. All latents are compared, active or not, because rounding may decide
 * whether a latent with a pre-activation near 0 is active.
 */
export async function assertCodes(codes: SparseCodes, rows: Float32Array): Promise<void> {
  const expected = await expectedCodes(rows);
  assertEquals([codes.rows, codes.latentCount], [expected.rows, expected.latentCount]);
  const found = denseFromCodes(codes);
  const wanted = denseFromCodes(expected);
  for (let b = 0; b < codes.rows; b++) {
    for (let i = 0; i < PREFIX; i++) {
      // Σ|x||E| + |bias|, d products and the bias: the tolerance of the encode kernel.
      let magnitude = Math.abs(ENCODER_BIAS);
      for (let k = 0; k < INPUT_SIZE; k++) {
        magnitude += Math.abs(rows[b * INPUT_SIZE + k] * whole.encoder[i * INPUT_SIZE + k]);
      }
      const error = Math.abs(found[b * PREFIX + i] - wanted[b * PREFIX + i]);
      const tolerance = roundoffOf(INPUT_SIZE + 1, magnitude);
      assert(
        error <= tolerance,
        `latent ${i} of row ${b} has the error ${error} but at most ${tolerance} is permitted`,
      );
    }
  }
}

/** The autoencoder of `FILE`. */
export const PROBLEM: Problem = { rows: randomRows, assertCodes };

/** Returns the rows that `POST /latents` must answer for codes. */
export function topOf(codes: SparseCodes, top: number): unknown[] {
  return Array.from({ length: codes.rows }, (_, b) => {
    const entries = Array.from(codes.indices.subarray(...codes.rowOffsets.subarray(b, b + 2)))
      .map((latent, e) => ({ latent, value: codes.values[codes.rowOffsets[b] + e] }))
      .sort((a, b) => b.value - a.value || a.latent - b.latent)
      .slice(0, top);
    return {
      latents: entries.map(({ latent }) => latent),
      activations: entries.map(({ value }) => value),
    };
  });
}
