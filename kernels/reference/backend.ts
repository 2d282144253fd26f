/**
 * The reference backend: runs the float64 references. Every other backend is tested against it, and it
 * needs nothing but JavaScript.
 *
 * @module
 */
import type { AnyKernel, Backend, DType, Program, Recorder, Tensor, Values } from "../kernel.ts";
import { bindDims, checkCopy, checkShape, checkView, checkWrite, elementCount } from "../shapes.ts";
import { checkLasting, Scope } from "../temporaries.ts";

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
  readonly commands: Command[] = [];
  /** Its temporaries, and the sides of its branches that have been recorded. */
  readonly owned: Disposable[] = [];

  get length(): number {
    return this.commands.length;
  }

  [Symbol.dispose](): void {
    for (const each of this.owned) each[Symbol.dispose]();
    this.owned.length = this.commands.length = 0;
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
    return this.#tensor(dtype, shape);
  }

  #tensor(dtype: DType, shape: readonly number[]): ReferenceTensor {
    const values = zeros(dtype, shape);
    this.#allocatedBytes += values.byteLength;
    return new ReferenceTensor(dtype, shape, values, () => {
      this.#allocatedBytes -= values.byteLength;
    });
  }

  view(tensor: Tensor, shape: readonly number[]): Tensor {
    checkLasting(tensor);
    const count = checkView(tensor, shape);
    const values = valuesOf(tensor);
    return new ReferenceTensor(tensor.dtype, shape, values.subarray(0, count), () => {});
  }

  write(tensor: Tensor, data: ArrayLike<number>): void {
    checkLasting(tensor);
    const values = valuesOf(tensor);
    checkWrite(tensor, data);
    values.set(data);
  }

  // deno-lint-ignore require-await -- the contract is asynchronous: errors must reject
  async read(tensor: Tensor): Promise<Values> {
    return this.memory(tensor).slice();
  }

  memory(tensor: Tensor): Values {
    checkLasting(tensor);
    return valuesOf(tensor);
  }

  // deno-lint-ignore require-await -- the contract is asynchronous: errors must reject
  async record(body: (r: Recorder) => void): Promise<Program> {
    return this.#record(body, new Scope());
  }

  submit(program: Program): void {
    for (const command of (program as ReferenceProgram).commands) command();
  }

  async idle(): Promise<void> {}

  [Symbol.dispose](): void {}

  #record(body: (r: Recorder) => void, scope: Scope): ReferenceProgram {
    const program = new ReferenceProgram();
    const { commands, owned } = program;
    const recorder: Recorder = {
      run(kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) {
        const dims = bindDims(kernel, operands);
        scope.check(Object.values(operands));
        commands.push(() => {
          const arrays = Object.fromEntries(
            Object.entries(operands).map(([name, tensor]) => [name, valuesOf(tensor)]),
          );
          kernel.reference(arrays, dims, constants);
        });
      },
      copy(from, to) {
        checkCopy(from, to);
        scope.check([from, to]);
        commands.push(() => valuesOf(to).set(valuesOf(from)));
      },
      temporary: (dtype, shape) => {
        checkShape(shape, "make a temporary");
        const tensor = this.#tensor(dtype, shape);
        owned.push(tensor);
        // Whoever reads what no command has set is found out.
        tensor.values.fill(dtype === "f32" ? NaN : 0xffffffff);
        return scope.own(tensor);
      },
      branch: (flag, zero, nonzero) => {
        scope.check([flag]);
        const sides = [zero, nonzero];
        const recorded: (ReferenceProgram | undefined)[] = [undefined, undefined];
        commands.push(() => {
          const side = valuesOf(flag)[0] === 0 ? 0 : 1;
          if (recorded[side] === undefined) {
            owned.push(recorded[side] = this.#record(sides[side], new Scope(scope)));
          }
          for (const command of recorded[side].commands) command();
        });
      },
    };
    try {
      body(recorder);
    } catch (error) {
      program[Symbol.dispose]();
      throw error;
    }
    return program;
  }
}

function valuesOf(tensor: Tensor): Float64Array | Uint32Array {
  const { values } = tensor as ReferenceTensor;
  if (values.length === 0) {
    throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it is disposed`);
  }
  return values;
}
