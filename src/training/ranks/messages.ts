/**
 * Tensors as messages between ranks.
 *
 * @module
 */
import type { Backend, Tensor } from "../../../kernels/kernel.ts";
import type { Numbers } from "../../distributed/communicator.ts";

/**
 * Lets `change` work on the elements of tensors: on themselves where the host can reach them, else on copies, which are
 * then written back.
 */
export async function changeTensors(
  backend: Backend,
  tensors: readonly Tensor[],
  change: (...values: Numbers[]) => Promise<void>,
): Promise<void> {
  if (backend.memory) {
    await change(...tensors.map((tensor) => backend.memory!(tensor) as Numbers));
    return;
  }
  const values = await Promise.all(tensors.map((tensor) => backend.read(tensor)));
  await change(...values as Numbers[]);
  tensors.forEach((tensor, n) => backend.write(tensor, values[n]));
}

/** Returns one number that stands for the step's number, prefixes and batch: equal on all ranks if these are. */
export function fingerprintOf(
  step: number,
  bounds: ArrayLike<number>,
  batch: ArrayLike<number>,
): number {
  let hash = step | 0;
  const mix = (word: number) => {
    hash = Math.imul(hash ^ word, 0x01000193) ^ hash >>> 15;
  };
  for (let j = 0; j < bounds.length; j++) mix(bounds[j]);
  mix(batch.length);
  // A sample: a checksum of every value would take a tenth of a step.
  const word = new DataView(new ArrayBuffer(8));
  const stride = Math.max(1, Math.floor(batch.length / SAMPLES));
  for (let i = 0; i < batch.length; i += stride) {
    word.setFloat32(0, batch[i]);
    mix(word.getInt32(0));
  }
  return hash >>> 0;
}

/** Values of a batch that the fingerprint looks at. */
const SAMPLES = 1024;
