/** Defines tests of the backend interface, one per backend. */

import { assertEquals } from "@std/assert";
import type { Backend, DType, Recorder, Tensor } from "../../kernels/kernel.ts";
import { backends } from "../backends.ts";

/** Makes tensors with given values, runs programs on them, and disposes them. */
export class Tensors extends DisposableStack {
  constructor(readonly backend: Backend) {
    super();
  }

  make(data: number[], shape: readonly number[] = [data.length], dtype: DType = "f32"): Tensor {
    const tensor = this.use(this.backend.tensor(dtype, shape));
    this.backend.write(tensor, data);
    return tensor;
  }

  async run(body: (r: Recorder) => void): Promise<void> {
    using program = await this.backend.record(body);
    this.backend.submit(program);
    await this.backend.idle();
  }

  async read(tensor: Tensor): Promise<number[]> {
    return Array.from(await this.backend.read(tensor));
  }
}

/** Defines a test for every backend. Each test has a backend of its own, and must leave no tensor behind. */
export function test(
  sentence: string,
  body: (t: Tensors, backend: Backend) => Promise<void>,
): void {
  for (const { name, create } of backends) {
    Deno.test(`${name}: ${sentence}`, async () => {
      using backend = await create();
      const before = backend.allocatedBytes;
      {
        using tensors = new Tensors(backend);
        await body(tensors, backend);
      }
      assertEquals(backend.allocatedBytes, before);
    });
  }
}
