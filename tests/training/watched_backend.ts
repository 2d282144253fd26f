/** A backend that notes which kernels are recorded, for tests of how a result is computed. */
import type { Backend, DType, Program, Recorder, Tensor, Values } from "../../mod.ts";

/** Passes everything on, but may claim that screening is faster or slower than it is. */
export class WatchedBackend implements Backend {
  /** Ids of the kernels recorded so far, those inside branches included. */
  readonly recorded: string[] = [];
  readonly screening: Backend["screening"];
  readonly screenedSelections: Backend["screenedSelections"];
  readonly storedWeights: Backend["storedWeights"];
  readonly #inner: Backend;

  constructor(inner: Backend, screening: Backend["screening"] = inner.screening) {
    this.#inner = inner;
    this.screening = screening;
    this.screenedSelections = inner.screenedSelections;
    this.storedWeights = inner.storedWeights;
  }

  get name(): string {
    return this.#inner.name;
  }

  get description(): string {
    return this.#inner.description;
  }

  get allocatedBytes(): number {
    return this.#inner.allocatedBytes;
  }

  tensor(dtype: DType, shape: readonly number[]): Tensor {
    return this.#inner.tensor(dtype, shape);
  }

  view(tensor: Tensor, shape: readonly number[]): Tensor {
    return this.#inner.view(tensor, shape);
  }

  write(tensor: Tensor, data: ArrayLike<number>): void {
    this.#inner.write(tensor, data);
  }

  read(tensor: Tensor): Promise<Values> {
    return this.#inner.read(tensor);
  }

  record(body: (r: Recorder) => void): Promise<Program> {
    return this.#inner.record((r) => body(this.#watch(r)));
  }

  submit(program: Program): void {
    this.#inner.submit(program);
  }

  idle(): Promise<void> {
    return this.#inner.idle();
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }

  #watch(r: Recorder): Recorder {
    return {
      run: (kernel, operands, constants) => {
        this.recorded.push(kernel.id);
        r.run(kernel, operands, constants);
      },
      copy: (from, to) => r.copy(from, to),
      temporary: (dtype, shape) => r.temporary(dtype, shape),
      branch: (flag, zero, nonzero) =>
        r.branch(flag, (r) => zero(this.#watch(r)), (r) => nonzero(this.#watch(r))),
    };
  }
}
