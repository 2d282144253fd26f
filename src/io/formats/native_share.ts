/**
 * Parts of the package's own files, for autoencoders whose latents are spread over several holders.
 *
 * @module
 */
import { checkParameters } from "../../model/parameters.ts";
import type { Sae } from "../../model/sae.ts";
import { type DescribedTensor, layOut } from "../arrays/safetensors_writing.ts";
import { checkDescription } from "./native_layout.ts";
import { nativeArrays, nativeMetadata, nativeSae, nativeShapes } from "./native_writing.ts";

/** Bytes and where they belong in a file. */
export interface FilePart {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The part of a file that holds some of the latents. */
export interface NativeShare {
  /** The metadata of the file, the same for every share. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The rows of these latents; with the first latent also the header and c. */
  readonly parts: readonly FilePart[];
  /** The length of the whole file. */
  readonly byteLength: number;
}

/**
 * Lays out a share of the file that `encodeNative` gives for the whole autoencoder. The parts are views: nothing is
 * copied.
 *
 * @param sae The autoencoder with the latents of the share only; everything else describes the whole.
 * @param from The first of these latents.
 * @param latentCount N of the whole.
 * @throws {RangeError | TypeError} if a length is wrong or a value is not finite.
 */
export function layOutShare(
  sae: Sae,
  from: number,
  latentCount: number,
  task: string,
): NativeShare {
  const { parameters } = sae;
  checkParameters(parameters, task);
  const native = nativeSae(sae, latentCount);
  const held = parameters.latentCount;
  // θ has the latents of the share; k is one for all latents.
  const described = sae.activation?.kind === "jumprelu" ? held : latentCount;
  checkDescription(native, described, latentCount, task);
  const shapes = nativeShapes(sae, parameters.inputSize, latentCount);
  const width = Float32Array.BYTES_PER_ELEMENT;
  const tensors: Record<string, DescribedTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const byteLength = width * shape.reduce((a, b) => a * b, 1);
    tensors[name] = { dtype: "F32", shape, width, byteLength };
  }
  const metadata = nativeMetadata(native);
  const { head, offsets, byteLength } = layOut(tensors, metadata);
  const parts: FilePart[] = from === 0 ? [{ offset: 0, bytes: head }] : [];
  for (const [name, values] of Object.entries(nativeArrays(sae))) {
    const bytes = bytesOf(values);
    const offset = offsets.get(name)!;
    if (name !== "decoderBias") {
      parts.push({ offset: offset + from * (bytes.length / held), bytes });
    } else if (from === 0) parts.push({ offset, bytes });
  }
  return { metadata, parts: parts.sort((a, b) => a.offset - b.offset), byteLength };
}

/** Returns the bytes of numbers as files hold them, without a copy: hosts are little-endian. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
