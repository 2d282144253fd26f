/** A backend that times each kernel by itself. */

import type {
  AnyKernel,
  Backend,
  DType,
  Program,
  Recorder,
  Tensor,
  Values,
} from "../../kernels/kernel.ts";

/** The time of a kernel, or of copies. */
export interface KernelTime {
  ms: number;
  runs: number;
}

type Command =
  | { readonly name: string; readonly program: Program }
  | { readonly flag: Tensor; readonly sides: readonly [TimedProgram, TimedProgram] };

/** Commands, each in a program of its own. */
class TimedProgram implements Program {
  readonly commands: Command[] = [];
  readonly temporaries: Tensor[] = [];

  get length(): number {
    return this.commands.length;
  }

  [Symbol.dispose](): void {
    for (const command of this.commands) {
      if ("program" in command) command.program[Symbol.dispose]();
      else for (const side of command.sides) side[Symbol.dispose]();
    }
    for (const tensor of this.temporaries) tensor[Symbol.dispose]();
  }
}

/**
 * Wraps a backend whose `submit` computes before it returns and whose memory the host can reach: WASM, or the reference.
 * Both sides of a branch are recorded at once, which takes more memory than the backend by itself; each kernel costs
 * one more `submit`, a few microseconds.
 */
export class TimedBackend implements Backend {
  readonly name: string;
  readonly description: string;
  readonly screening?: "faster" | "slower";
  readonly screenedSelections?: readonly string[];
  readonly storedWeights?: true;
  /** Milliseconds and runs by kernel since the last `reset`. */
  readonly times = new Map<string, KernelTime>();
  readonly #inner: Backend;

  constructor(inner: Backend) {
    this.#inner = inner;
    this.name = inner.name;
    this.description = inner.description;
    if (inner.screening) this.screening = inner.screening;
    if (inner.screenedSelections) this.screenedSelections = inner.screenedSelections;
    if (inner.storedWeights) this.storedWeights = inner.storedWeights;
  }

  /** Starts all times anew. */
  reset(): void {
    this.times.clear();
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

  memory(tensor: Tensor): Values {
    return this.#inner.memory!(tensor);
  }

  async record(body: (r: Recorder) => void): Promise<Program> {
    const pending: Promise<void>[] = [];
    const program = this.#recorded(body, pending);
    await Promise.all(pending);
    return program;
  }

  submit(program: Program): void {
    if (!(program instanceof TimedProgram)) {
      throw new TypeError("Cannot submit a program: it belongs to another backend");
    }
    for (const command of program.commands) {
      if ("flag" in command) {
        this.submit(command.sides[this.memory(command.flag)[0] === 0 ? 0 : 1]);
        continue;
      }
      const start = performance.now();
      this.#inner.submit(command.program);
      const time = this.times.get(command.name) ?? { ms: 0, runs: 0 };
      time.ms += performance.now() - start;
      time.runs++;
      this.times.set(command.name, time);
    }
  }

  idle(): Promise<void> {
    return this.#inner.idle();
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }

  #recorded(body: (r: Recorder) => void, pending: Promise<void>[]): TimedProgram {
    const recorded = new TimedProgram();
    const add = (name: string, one: (r: Recorder) => void) => {
      const place = recorded.commands.length;
      recorded.commands.length++;
      pending.push(
        this.#inner.record(one).then((program) => {
          recorded.commands[place] = { name, program };
        }),
      );
    };
    body({
      run: (kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) =>
        add(kernel.id, (r) => r.run(kernel, operands, constants)),
      copy: (from, to) => add("copy", (r) => r.copy(from, to)),
      // An ordinary tensor: the commands that use it are programs of their own.
      temporary: (dtype, shape) => {
        const tensor = this.#inner.tensor(dtype, shape);
        recorded.temporaries.push(tensor);
        return tensor;
      },
      branch: (flag, zero, nonzero) => {
        const sides = [this.#recorded(zero, pending), this.#recorded(nonzero, pending)] as const;
        recorded.commands.push({ flag, sides });
      },
    });
    return recorded;
  }
}
