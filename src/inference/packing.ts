/**
 * Brings weights that were read as float32 back into the type in which their file stored them.
 *
 * @module
 */
import { decodeFloats, encodeFloats } from "../io/arrays/floats.ts";
import type { StoredMatrix } from "../io/formats/stored_matrix.ts";
import type { LoadedSae } from "../model/sae.ts";
import type { FileInPlace } from "./placing.ts";

/** Values that are encoded at a time. */
const PIECE_VALUES = 2 ** 18;

/**
 * Returns an autoencoder as files of its own type hold it: float16 or bfloat16 where that loses no bit of a matrix,
 * else float32, as after a folding.
 */
export function packedSae({ parameters, source, ...sae }: LoadedSae): FileInPlace {
  const { inputSize, latentCount, encoderBias, decoderBias } = parameters;
  const matrix = (name: "encoder" | "decoder"): StoredMatrix => {
    const values = parameters[name];
    const { dtype } = source;
    const kept = (dtype === "F16" || dtype === "BF16") && isExact(values, dtype) ? dtype : "F32";
    const task = "load the autoencoder";
    const shape = { rows: latentCount, columns: inputSize };
    return { name, task, dtype: kept, ...shape, pieces: () => encoded(values, kept) };
  };
  return {
    inputSize,
    latentCount,
    encoder: matrix("encoder"),
    decoder: matrix("decoder"),
    inputNormalization: sae.inputNormalization,
    rest: () => Promise.resolve({ sae, encoderBias, decoderBias }),
  };
}

function* pieces(values: Float32Array): Generator<Float32Array, void, void> {
  for (let at = 0; at < values.length; at += PIECE_VALUES) {
    yield values.subarray(at, at + PIECE_VALUES);
  }
}

async function* encoded(values: Float32Array, dtype: "F16" | "BF16" | "F32") {
  for (const piece of pieces(values)) yield encodeFloats(piece, dtype);
}

function isExact(values: Float32Array, dtype: "F16" | "BF16"): boolean {
  for (const piece of pieces(values)) {
    const back = decodeFloats(encodeFloats(piece, dtype), dtype);
    if (!piece.every((value, e) => Object.is(value, back[e]))) return false;
  }
  return true;
}
