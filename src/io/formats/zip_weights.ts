/**
 * Opens weights in a zip file: a torch file, or NumPy's `.npz`.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import { readNpy, readNpyHeader } from "../arrays/npy_reading.ts";
import type { PickleValue } from "../torch/pickle_values.ts";
import type { TensorSet } from "../arrays/tensor_set.ts";
import { isTorchFile, openTorchFile } from "../torch/torch_file.ts";
import { inflatedLimit, readWhole, readZip, type ZipEntry } from "../zip/zip_reading.ts";

/** The arrays of a zip file. */
export interface ZipWeights extends TensorSet {
  readonly container: "torch" | "npz";
  /** The values of a torch file that are not tensors. */
  readonly others?: ReadonlyMap<string, PickleValue>;
}

/** Opens a torch file or an `.npz`. */
export async function openZip(source: ByteSource): Promise<ZipWeights> {
  const zip = await readZip(source, { inflatedLimit: inflatedLimit(source) });
  if (isTorchFile(zip)) return { ...await openTorchFile(source.name, zip), container: "torch" };
  return { ...await openNpz(source.name, zip), container: "npz" };
}

async function openNpz(name: string, zip: ReadonlyMap<string, ZipEntry>): Promise<TensorSet> {
  const headers = new Map<string, Awaited<ReturnType<typeof readNpyHeader>>>();
  for (const [key, { source }] of zip) {
    if (!key.endsWith(".npy")) {
      throw new TypeError(
        `Cannot read ${name}: it is neither a torch file nor an .npz: it has the entry ` +
          JSON.stringify(key).slice(0, 80),
      );
    }
    headers.set(key.slice(0, -".npy".length), await readNpyHeader(source));
  }
  return {
    name,
    entries: headers,
    async read(key) {
      const source = await readWhole(zip.get(`${key}.npy`)!);
      return await readNpy(source, undefined, headers.get(key));
    },
  };
}
