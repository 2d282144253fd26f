/**
 * A backend that is wrong on purpose: it shows that the suite can fail.
 *
 * @module
 */
import type { AnyKernel, Program, Recorder } from "../../kernels/kernel.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";

/** The arrays that a reference works on, by operand. */
export type FaultyArrays = Record<string, Float64Array | Uint32Array>;

/** Acts like a wrong kernel: does its damage before, after or instead of `run`, the correct kernel. */
export type Fault = (arrays: FaultyArrays, run: () => void) => void;

/** The reference backend with a fault in each of its kernels. */
export class FaultyBackend extends ReferenceBackend {
  readonly #fault: Fault;

  constructor(fault: Fault) {
    super();
    this.#fault = fault;
  }

  override record(body: (r: Recorder) => void): Promise<Program> {
    return super.record((r) =>
      body({
        run: (kernel: AnyKernel, operands, constants) => {
          const reference: AnyKernel["reference"] = (arrays, dims, constants) =>
            this.#fault(arrays as FaultyArrays, () => kernel.reference(arrays, dims, constants));
          r.run({ ...kernel, reference } as AnyKernel, operands, constants);
        },
        copy: (from, to) => r.copy(from, to),
        temporary: (dtype, shape) => r.temporary(dtype, shape),
        branch: (flag, zero, nonzero) => r.branch(flag, zero, nonzero),
      })
    );
  }
}
