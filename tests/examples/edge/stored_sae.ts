/**
 * Autoencoders of any size whose encoders are stored in float32, float16 or int8: a file of one, written piece by
 * piece, its weights, and rows in which a few dozen latents are active.
 */
import { layOut } from "../../../src/io/arrays/safetensors_writing.ts";
import { INT8_NAMES, INT8_VERSION, NATIVE_VERSION } from "../../../src/io/formats/native_layout.ts";
import { nativeMetadata } from "../../../src/io/formats/native_writing.ts";

/** How a file stores the weights. */
export type Storage = "F32" | "F16" | "int8";

/** An autoencoder, which is the same wherever it is made. */
export interface StoredSae {
  readonly storage: Storage;
  readonly inputSize: number;
  readonly latentCount: number;
  readonly seed: number;
}

/** Gemma Scope's smallest. */
export const GEMMA_SCOPE = { inputSize: 2304, latentCount: 16384 } as const;

/** Latents that are written at a time. */
const PIECE = 256;
/** Standard deviation of the sum of four bytes. */
const SUM_DEVIATION = Math.sqrt((256 ** 2 - 1) / 3);
/** Returns a sequence of 32-bit integers that depends on a seed and a number. */
function integers(seed: number, n: number): () => number {
  let state = Math.imul(seed, 0x85ebca6b) ^ Math.imul(n + 1, 0x9e3779b9) || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    return state ^= state << 5;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}

/** The sum of the four bytes less its mean: from −510 to 510, nearly normal. */
function byteSum(x: number): number {
  return (x & 255) + (x >>> 8 & 255) + (x >>> 16 & 255) + (x >>> 24) - 510;
}

/** The power of two that gives rows of these sums a norm of about 1. Float16 then holds every weight. */
function unitOf({ inputSize }: StoredSae): number {
  return 2 ** -Math.round(Math.log2(SUM_DEVIATION * Math.sqrt(inputSize)));
}

/** Returns the stored number of a sum of bytes. */
function storedInt8(sum: number): number {
  return Math.max(sum >> 2, -127);
}

/** Returns the scale of a latent in int8. */
function scaleOf(sae: StoredSae, i: number): number {
  return Math.fround(4 * unitOf(sae) * (0.9 + 0.2 * (integers(~sae.seed, i)() >>> 0) / 2 ** 32));
}

/** Returns the float32 weights that a latent's stored numbers stand for. */
export function latentWeights(sae: StoredSae, i: number, into?: Float32Array): Float32Array {
  const { storage, inputSize, seed } = sae;
  const weights = into ?? new Float32Array(inputSize);
  const next = integers(seed, i);
  const scale = storage === "int8" ? scaleOf(sae, i) : unitOf(sae);
  for (let k = 0; k < inputSize; k++) {
    const sum = byteSum(next());
    weights[k] = scale * (storage === "int8" ? storedInt8(sum) : sum);
  }
  return weights;
}

/**
 * Returns the encoder's bias of every latent: −3.5 times the deviation of the pre-activations of latents that a row has
 * nothing of, which are nearly normal. The latents that it has remain active for d from 1000 on.
 */
export function encoderBias(sae: StoredSae): Float32Array {
  const squaredNorm = sae.inputSize * (unitOf(sae) * SUM_DEVIATION) ** 2;
  return new Float32Array(sae.latentCount).fill(-32 * squaredNorm / Math.sqrt(sae.inputSize));
}

/** Returns the bytes of the latents `from … to − 1` as the file holds them. */
function storedBytes(sae: StoredSae, from: number, to: number): Uint8Array {
  const { storage, inputSize, seed } = sae;
  const count = (to - from) * inputSize;
  const unit = unitOf(sae);
  const array = storage === "int8"
    ? new Int8Array(count)
    : storage === "F16"
    ? new Float16Array(count)
    : new Float32Array(count);
  for (let i = from; i < to; i++) {
    const next = integers(seed, i);
    const at = (i - from) * inputSize;
    for (let k = 0; k < inputSize; k++) {
      const sum = byteSum(next());
      array[at + k] = storage === "int8" ? storedInt8(sum) : unit * sum;
    }
  }
  return new Uint8Array(array.buffer);
}

/** Writes the file of an autoencoder. Its decoder is a hole of zeros, which takes no room. */
export async function writeStoredSae(sae: StoredSae, path: string): Promise<void> {
  const { storage, inputSize: d, latentCount: N } = sae;
  const f32 = (...shape: number[]) => {
    const byteLength = 4 * shape.reduce((a, b) => a * b);
    return { dtype: "F32", width: 4, shape, byteLength } as const;
  };
  const width = { F32: 4, F16: 2, int8: 1 }[storage];
  const dtype = ({ F32: "F32", F16: "F16", int8: "I8" } as const)[storage];
  const weights = { dtype, width, shape: [N, d], byteLength: width * N * d };
  const tensors = {
    encoder: weights,
    encoderBias: f32(N),
    decoder: weights,
    decoderBias: f32(d),
    ...storage === "int8" && Object.fromEntries(INT8_NAMES.map((name) => [name, f32(N)])),
  };
  const metadata = nativeMetadata({
    parameters: {
      inputSize: d,
      latentCount: N,
      encoder: new Float32Array(),
      encoderBias: new Float32Array(),
      decoder: new Float32Array(),
      decoderBias: new Float32Array(),
    },
    activation: { kind: "relu" },
    subtractDecoderBias: false,
    prefixes: [N],
    inputScale: 1,
    createdBy: "tests/examples/edge",
  });
  const version = storage === "int8" ? INT8_VERSION : NATIVE_VERSION;
  const { head, offsets, byteLength } = layOut(tensors, { ...metadata, version });
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await file.truncate(byteLength);
  const write = async (bytes: Uint8Array, offset: number) => {
    await file.seek(offset, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  };
  await write(head, 0);
  await write(new Uint8Array(encoderBias(sae).buffer), offsets.get("encoderBias")!);
  for (let i = 0; i < N; i += PIECE) {
    const bytes = storedBytes(sae, i, Math.min(i + PIECE, N));
    await write(bytes, offsets.get("encoder")! + i * d * width);
  }
  const scales = offsets.get("encoderScale");
  if (scales === undefined) return;
  const scale = Float32Array.from({ length: N }, (_, i) => scaleOf(sae, i));
  await write(new Uint8Array(scale.buffer), scales);
}

/** Returns rows [count, d]: sums of 20 to 52 latents' weights and some noise. The same arguments give the same rows. */
export function storedRows(
  sae: StoredSae,
  count: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const { inputSize: d, latentCount: N } = sae;
  const rows = new Float32Array(count * d);
  const next = integers(seed, count);
  const uniform = () => (next() >>> 0) / 2 ** 32;
  const weights = new Float32Array(d);
  for (let b = 0; b < count; b++) {
    const row = rows.subarray(b * d, (b + 1) * d);
    for (let k = 0; k < d; k++) row[k] = 0.01 * byteSum(next()) / SUM_DEVIATION;
    for (let n = 20 + Math.floor(33 * uniform()); n > 0; n--) {
      latentWeights(sae, Math.floor(N * uniform()), weights);
      const strength = 1 + uniform();
      for (let k = 0; k < d; k++) row[k] += strength * weights[k];
    }
  }
  return rows;
}
