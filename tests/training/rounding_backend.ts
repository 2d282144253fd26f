/**
 * The reference in float64 arithmetic, but with every tensor rounded to float32 after each kernel: the
 * best that any backend with float32 storage can do.
 */
import type { AnyKernel, Program, Recorder, Tensor } from "../../kernels/kernel.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";

function rounded(kernel: AnyKernel): AnyKernel {
  return {
    ...kernel,
    reference(arrays: Record<string, Float64Array | Uint32Array>, dims, constants) {
      kernel.reference(arrays, dims, constants);
      for (const array of Object.values(arrays)) {
        if (array instanceof Float64Array) array.set(Float32Array.from(array));
      }
    },
  };
}

function roundingRecorder(r: Recorder): Recorder {
  return {
    run: (kernel: AnyKernel, operands: Record<string, Tensor>, constants: object) =>
      r.run(rounded(kernel), operands, constants),
    copy: (from, to) => r.copy(from, to),
    temporary: (dtype, shape) => r.temporary(dtype, shape),
    branch: (flag, zero, nonzero) =>
      r.branch(flag, (r) => zero(roundingRecorder(r)), (r) => nonzero(roundingRecorder(r))),
  };
}

/** See above. */
export class RoundingBackend extends ReferenceBackend {
  override record(body: (r: Recorder) => void): Promise<Program> {
    return super.record((r) => body(roundingRecorder(r)));
  }
}
