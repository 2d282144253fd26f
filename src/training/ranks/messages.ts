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

/**
 * Returns one number that stands for arrays of numbers: equal on all ranks if these are. Of a long array it looks at a
 * sample only: a checksum of every value would take a tenth of a step.
 */
export function fingerprintOf(...arrays: readonly ArrayLike<number>[]): number {
  let hash = 0;
  const mix = (word: number) => {
    hash = Math.imul(hash ^ word, 0x01000193) ^ hash >>> 15;
  };
  const word = new DataView(new ArrayBuffer(8));
  for (const values of arrays) {
    mix(values.length);
    const stride = Math.max(1, Math.floor(values.length / SAMPLES));
    for (let i = 0, n = 0; i + stride <= values.length; i += stride, n++) {
      // Not always the first of a stride, which may be the same column of each row.
      word.setFloat32(0, values[i + n * 40503 % stride]);
      mix(word.getInt32(0));
    }
  }
  return hash >>> 0;
}

/** Values of an array that the fingerprint looks at. */
const SAMPLES = 1024;
