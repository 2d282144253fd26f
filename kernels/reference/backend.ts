/**
 * The reference backend: runs the float64 references. Every other backend is tested against it, and it
 * needs nothing but JavaScript.
 *
 * @module
 */
import type { AnyKernel, Backend, DType, Program, Recorder, Tensor, Values } from "../kernel.ts";
import { bindDims, checkCopy, checkShape, checkView, checkWrite, elementCount } from "../shapes.ts";

type Command = () => void;

class ReferenceTensor implements Tensor {
  values: Float64Array | Uint32Array;
  readonly #release: () => void;

  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    values: Float64Array | Uint32Array,
    release: () => void,
  ) {
    this.values = values;
    this.#release = release;
  }

  [Symbol.dispose](): void {
    if (this.values.length === 0) return;
    this.values = new Uint32Array(0);
    this.#release();
  }
}

class ReferenceProgram implements Program {
  constructor(readonly commands: Command[]) {}

  get length(): number {
    return this.commands.length;
  }

  [Symbol.dispose](): void {
    this.commands.length = 0;
  }
}

function zeros(dtype: DType, shape: readonly number[]): Float64Array | Uint32Array {
  const count = elementCount(shape);
  try {
    return dtype === "f32" ? new Float64Array(count) : new Uint32Array(count);
  } catch (cause) {
    const tensor = `${dtype}[${shape}]`;
    throw new RangeError(`Cannot make a tensor: ${tensor} does not fit into memory`, { cause });
  }
}

/** Runs the float64 reference of every kernel. Tensors of dtype "f32" hold and return float64. */
export class ReferenceBackend implements Backend {
  readonly name = "reference";
  readonly description = "pure TypeScript, float64";
  readonly screening = "slower";
  readonly storedWeights = true;
  #allocatedBytes = 0;

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  tensor(dtype: DType, shape: readonly number[]): Tensor {
    checkShape(shape, "make a tensor");
    const values = zeros(dtype, shape);
    this.#allocatedBytes += values.byteLength;
    return new ReferenceTensor(dtype, shape, values, () => {
      this.#allocatedBytes -= values.byteLength;
    });
  }

  view(tensor: Tensor, shape: readonly number[]): Tensor {
    const count = checkView(tensor, shape);
    const values = valuesOf(tensor);
    return new ReferenceTensor(tensor.dtype, shape, values.subarray(0, count), () => {});
  }

  write(tensor: Tensor, data: ArrayLike<number>): void {
    const values = valuesOf(tensor);
    checkWrite(tensor, data);
    values.set(data);
  }

  // deno-lint-ignore require-await -- the contract is asynchronous: errors must reject
  async read(tensor: Tensor): Promise<Values> {
    return valuesOf(tensor).slice();
  }

  memory(tensor: Tensor): Values {
    return valuesOf(tensor);
  }

  // deno-lint-ignore require-await -- the contract is asynchronous: errors must reject
  async record(body: (r: Recorder) => void): Promise<Program> {
    return recordNow(body);
  }

  submit(program: Program): void {
    for (const command of (program as ReferenceProgram).commands) command();
  }

  async idle(): Promise<void> {}

  [Symbol.dispose](): void {}
}

function valuesOf(tensor: Tensor): Float64Array | Uint32Array {
  const { values } = tensor as ReferenceTensor;
  if (values.length === 0) {
    throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it is disposed`);
  }
  return values;
}

function recordNow(body: (r: Recorder) => void): ReferenceProgram {
  const commands: Command[] = [];
  body({
    run(kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) {
      const dims = bindDims(kernel, operands);
      commands.push(() => {
        const arrays = Object.fromEntries(
          Object.entries(operands).map(([name, tensor]) => [name, valuesOf(tensor)]),
        );
        kernel.reference(arrays, dims, constants);
      });
    },
    copy(from, to) {
      checkCopy(from, to);
      commands.push(() => valuesOf(to).set(valuesOf(from)));
    },
    branch(flag, zero, nonzero) {
      const sides = [zero, nonzero];
      const recorded: (ReferenceProgram | undefined)[] = [undefined, undefined];
      commands.push(() => {
        const side = valuesOf(flag)[0] === 0 ? 0 : 1;
        const program = recorded[side] ??= recordNow(sides[side]);
        for (const command of program.commands) command();
      });
    },
  });
  return new ReferenceProgram(commands);
}
