/**
 * The tensors of one problem, and codes read from them.
 *
 * @module
 */
import type { Backend, DType, Recorder, Tensor } from "../../kernels/kernel.ts";

/** Sparse codes, whose unspecified entries are cut off. */
export interface Codes {
  readonly rowOffsets: number[];
  readonly indices: number[];
  readonly values: number[];
}

/** Makes tensors, runs programs on them, and disposes them. */
export class Tensors extends DisposableStack {
  constructor(readonly backend: Backend) {
    super();
  }

  make(dtype: DType, shape: number[], data?: ArrayLike<number>): Tensor {
    const tensor = this.use(this.backend.tensor(dtype, shape));
    if (data) this.backend.write(tensor, data);
    return tensor;
  }

  /** Makes room for the codes of B rows, even if all N latents are active. */
  codes(B: number, N: number) {
    return {
      rowOffsets: this.make("u32", [B + 1]),
      indices: this.make("u32", [B * N]),
      values: this.make("f32", [B * N]),
      overflow: this.make("u32", [1]),
    };
  }

  async run(body: (r: Recorder) => void): Promise<void> {
    using program = await this.backend.record(body);
    this.backend.submit(program);
  }

  async read({ rowOffsets, indices, values }: ReturnType<Tensors["codes"]>): Promise<Codes> {
    const offsets = Array.from(await this.backend.read(rowOffsets));
    const count = offsets[offsets.length - 1];
    return {
      rowOffsets: offsets,
      indices: Array.from(await this.backend.read(indices)).slice(0, count),
      values: Array.from(await this.backend.read(values)).slice(0, count),
    };
  }
}

/** Returns how two results differ, or undefined if all bits are equal. */
export function difference(screened: Codes, plain: Codes): string | undefined {
  for (const name of ["rowOffsets", "indices", "values"] as const) {
    const got = screened[name], expected = plain[name];
    const length = Math.max(got.length, expected.length);
    for (let e = 0; e < length; e++) {
      if (Object.is(got[e], expected[e])) continue;
      return `${name}[${e}] is ${got[e]} but without screening ${expected[e]}`;
    }
  }
}
