/**
 * Finds and opens the file that holds the weights, in any container.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import { readExactly } from "../sources/bytes.ts";
import {
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
} from "../arrays/safetensors.ts";
import type { PickleValue } from "../torch/pickle_values.ts";
import type { TensorSet } from "../arrays/tensor_set.ts";

/** The kinds of files that hold arrays. */
export type Container = "safetensors" | "torch" | "npz";

/** The arrays of the file that holds the weights, and what else it says. */
export interface Weights extends TensorSet {
  readonly container: Container;
  readonly source: ByteSource;
  /** The metadata of a safetensors file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The header of a safetensors file. */
  readonly header?: SafetensorsHeader;
  /** The values of a torch file that are not tensors. */
  readonly others: ReadonlyMap<string, PickleValue>;
}

// The names that the libraries give. They decide if a folder holds several files of weights.
const KNOWN_NAMES = ["sae_weights.safetensors", "sae.safetensors", "ae.pt", "params.npz"];

/** Guesses the container from the first bytes; opening the file checks it. */
async function containerOf(source: ByteSource): Promise<"safetensors" | "zip" | undefined> {
  const head = await readExactly(source, 0, Math.min(source.size, 9));
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return "zip";
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  // Headers of 4 GiB exceed the limit, so the upper half of the length is zero, which text never is.
  if (head.length === 9 && view.getUint32(4, true) === 0 && head[8] === 0x7b) return "safetensors";
  return undefined;
}

/** Finds and opens the weights among the files. */
export async function openWeights(
  files: ReadonlyMap<string, ByteSource>,
  task: string,
): Promise<Weights> {
  const found: [ByteSource, "safetensors" | "zip"][] = [];
  for (const [name, source] of files) {
    const container = await containerOf(source);
    if (container && KNOWN_NAMES.includes(name)) return await open(source, container);
    if (container) found.push([source, container]);
  }
  const names = [...files.keys()].join(", ").slice(0, 400);
  if (found.length === 0) {
    throw new TypeError(
      `Cannot ${task}: none of its files is a safetensors file or a zip (.pt, .npz): ` +
        (names || "there are none"),
    );
  }
  if (found.length > 1) {
    throw new RangeError(
      `Cannot ${task}: more than one of its files could hold the weights: ${names}`,
    );
  }
  return await open(...found[0]);
}

async function open(source: ByteSource, container: "safetensors" | "zip"): Promise<Weights> {
  const nothing = { metadata: {}, others: new Map<string, PickleValue>() };
  if (container === "safetensors") {
    const header = await readSafetensorsHeader(source);
    return {
      ...nothing,
      container,
      source,
      header,
      name: source.name,
      metadata: header.metadata,
      entries: header.tensors,
      read: (name) => readTensor(source, header, name),
    };
  }
  // Imported on demand, so that bundlers put the readers of zips and pickles into a file of their own.
  const { openZip } = await import("./zip_weights.ts");
  return { ...nothing, ...await openZip(source), source };
}
