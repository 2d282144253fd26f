/**
 * Opens the file that holds the weights, whatever its container.
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

/** What holds the arrays. */
export type Container = "safetensors" | "torch" | "npz";

/** The file with the weights. */
export interface Weights extends TensorSet {
  readonly container: Container;
  readonly source: ByteSource;
  /** The strings of a safetensors file's header. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All of a safetensors file's header. */
  readonly header?: SafetensorsHeader;
  /** What a torch file holds besides tensors. */
  readonly others: ReadonlyMap<string, PickleValue>;
}

// The names that the libraries give, where a folder holds several files of weights.
const KNOWN_NAMES = ["sae_weights.safetensors", "sae.safetensors", "ae.pt", "params.npz"];

/** What a file seems to be from its first bytes; only what is opened is checked. */
async function containerOf(source: ByteSource): Promise<"safetensors" | "zip" | undefined> {
  const head = await readExactly(source, 0, Math.min(source.size, 9));
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return "zip";
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  // A header of 4 GiB is beyond the limit, so four zeros tell it from JSON and other text.
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
      `Cannot ${task}: none of its files is a safetensors file or a zip (.pt, .npz): ${
        names || "none"
      }`,
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
  // Loaded when it is needed: bundlers make a file of its own of what reads zips and pickles.
  const { openZip } = await import("./zip_weights.ts");
  return { ...nothing, ...await openZip(source), source };
}
