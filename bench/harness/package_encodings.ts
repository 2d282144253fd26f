/** The package's encodes as a participant's job. */

import type { Backend, Program } from "../../kernels/kernel.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import { type Encoding, recordEncoding } from "./encoding.ts";
import type { Job, Running } from "./peer.ts";
import {
  type Codes,
  encodingTensors,
  quantizedTensors,
  recordPlain,
  recordQuantization,
  recordScreened,
  type SparseEncoding,
} from "./sparse_encoding.ts";

/** The encode of the dense algorithm. */
export function denseEncoding(
  backend: Backend,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  let recorded: Encoding;
  return {
    async first() {
      recorded = await recordEncoding(backend, parameters, batch);
      backend.submit(recorded.program);
    },
    outcome: async () => ({ activations: await recorded.read() }),
    again: () => backend.submit(recorded.program),
  };
}

/** The encode of the sparse algorithm: screened where that is faster, unless the job forbids it. */
export function sparseEncoding(
  backend: Backend,
  { N, active, screening }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  let encoding: SparseEncoding;
  let programs: Program[];
  const again = () => programs.forEach((program) => backend.submit(program));
  return {
    async first() {
      const threshold = new Float32Array(N);
      const problem = { parameters, batch, threshold, selection: "relu", k: 0 } as const;
      const tensors = encodingTensors(backend, problem);
      // The trainer, too, makes room for more latents than are active.
      const room = Math.min(2 * active, batch.length / parameters.inputSize * N);
      if (screening !== "off" && backend.screening === "faster") {
        const quantized = quantizedTensors(tensors);
        const rows = await recordQuantization(tensors, quantized, "rows");
        backend.submit(await recordQuantization(tensors, quantized, "latents"));
        encoding = await recordScreened(tensors, quantized, room);
        programs = [rows, encoding.program];
      } else {
        encoding = await recordPlain(tensors, room);
        programs = [encoding.program];
      }
      again();
    },
    outcome: async () => ({ activations: denseCodes(await encoding.codes(), N) }),
    again,
  };
}

/** Returns codes as activations [rows, N]. */
function denseCodes({ rowOffsets, indices, values }: Codes, N: number): Float32Array {
  const activations = new Float32Array((rowOffsets.length - 1) * N);
  for (let b = 0; b + 1 < rowOffsets.length; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      activations[b * N + indices[e]] = values[e];
    }
  }
  return activations;
}
