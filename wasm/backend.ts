/**
 * The WASM backend: kernels in AssemblyScript over one linear memory.
 *
 * @module
 */
import type {
  AnyKernel,
  Backend,
  DType,
  Operand,
  Program,
  Recorder,
  Tensor,
  Values,
} from "../kernels/kernel.ts";
import {
  bindDims,
  checkCopy,
  checkShape,
  checkView,
  checkWrite,
  elementCount,
} from "../kernels/shapes.ts";
import { checkLasting, Scope } from "../kernels/temporaries.ts";
import { Engine, type WasmOptions } from "./engine.ts";
import type { Launch, Planner } from "./launch.ts";
import { Arena } from "./arena.ts";
import { plans } from "./plans/plans.ts";
import { WasmProgram, WasmTensor } from "./program.ts";
import { Submission } from "./submission.ts";

/** Runs kernels that are compiled to WebAssembly. `WasmBackend.create` makes one. */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly description: string;
  readonly screening: "faster" | "slower";
  readonly storedWeights = true;
  readonly #engine: Engine;
  readonly #arena: Arena;
  #disposed = false;
  /** The failure after which nothing can be computed any more. */
  #broken: Error | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#arena = new Arena(engine.memory, engine.heapBase, engine.mostBytes);
    this.description = engine.description;
    this.screening = engine.ask("integerProductSpeed") > 0 ? "faster" : "slower";
  }

  /**
   * Compiles and starts the kernels.
   *
   * @param options Tier and threads; the best tier and one thread by default.
   * @throws {TypeError} if the tier is unknown, or the runtime lacks the tier or the threads asked for.
   * @throws {RangeError} if `threads` is not a permitted number.
   */
  static async create(options: WasmOptions = {}): Promise<WasmBackend> {
    return new WasmBackend(await Engine.start(options));
  }

  get allocatedBytes(): number {
    return this.#arena.allocatedBytes - this.#engine.scratchBytes;
  }

  tensor(dtype: DType, shape: readonly number[]): Tensor {
    this.#check("make a tensor");
    checkShape(shape, "make a tensor");
    const count = elementCount(shape);
    const pointer = this.#arena.allocate(4 * count, `a tensor ${dtype}[${shape}]`);
    this.#arena.u32.fill(0, pointer / 4, pointer / 4 + count);
    return new WasmTensor(dtype, shape, this, pointer, true);
  }

  view(tensor: Tensor, shape: readonly number[]): Tensor {
    checkLasting(tensor);
    checkView(tensor, shape);
    const pointer = this.#pointer(tensor);
    return new WasmTensor(tensor.dtype, shape, this, pointer, false);
  }

  write(tensor: Tensor, data: ArrayLike<number>): void {
    checkLasting(tensor);
    const at = this.#pointer(tensor) / 4;
    checkWrite(tensor, data);
    (tensor.dtype === "f32" ? this.#arena.f32 : this.#arena.u32).set(data, at);
  }

  memory(tensor: Tensor): Values {
    checkLasting(tensor);
    const at = this.#pointer(tensor) / 4;
    const all = tensor.dtype === "f32" ? this.#arena.f32 : this.#arena.u32;
    return all.subarray(at, at + elementCount(tensor.shape));
  }

  // deno-lint-ignore require-await -- asynchronous by contract, so that errors reject
  async read(tensor: Tensor): Promise<Values> {
    const values = this.memory(tensor);
    // new …Array(view) copies out of a shared memory, too, where slice would stay shared.
    return values instanceof Float32Array ? new Float32Array(values) : new Uint32Array(values);
  }

  // deno-lint-ignore require-await -- asynchronous by contract, so that errors reject
  async record(body: (r: Recorder) => void): Promise<Program> {
    this.#check("record a program");
    return this.#record(body, new Scope());
  }

  /**
   * Runs a program. If a thread fails, the backend is broken: its tensors can still be read, but it
   * computes nothing more. `Submission` describes which updates were made by then.
   */
  submit(program: Program): void {
    this.#check("submit a program");
    if (!(program instanceof WasmProgram) || program.backend !== this) {
      throw new TypeError("Cannot submit a program: it belongs to another backend");
    }
    if (program.disposed) throw new TypeError("Cannot submit a program: it is disposed");
    if (this.#broken) {
      throw new Error(
        `Cannot submit a program: the backend broke when an earlier one failed (${this.#broken.message})`,
        { cause: this.#broken },
      );
    }
    const submission = new Submission(this.#engine);
    try {
      this.#run(program, submission);
      submission.end();
    } finally {
      if (submission.failure) {
        this.#broken = submission.failure;
        this.#engine[Symbol.dispose]();
      }
    }
  }

  #run(program: WasmProgram, submission: Submission): void {
    for (const tensor of program.tensors) this.#pointer(tensor);
    for (const command of program.commands) {
      if ("launch" in command) {
        submission.launch(command.launch);
      } else if ("copy" in command) {
        const { from, to, count } = command.copy;
        this.#arena.u32.copyWithin(to / 4, from / 4, from / 4 + count);
      } else {
        const side = this.#arena.u32[command.flag / 4] === 0 ? 0 : 1;
        const record = () => this.#record(command.sides[side], new Scope(program.scope));
        this.#run(command.recorded[side] ??= record(), submission);
      }
    }
  }

  async idle(): Promise<void> {}

  /** Frees a block of memory; for tensors and programs of this backend. */
  release(pointer: number): void {
    this.#arena.free(pointer);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#engine[Symbol.dispose]();
  }

  #check(task: string): void {
    if (this.#disposed) throw new TypeError(`Cannot ${task}: the backend is disposed`);
  }

  #pointer(tensor: Tensor): number {
    this.#check("use a tensor");
    if (!(tensor instanceof WasmTensor) || tensor.backend !== this) {
      throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it belongs to another backend`);
    }
    if (tensor.pointer === 0) {
      throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it is disposed`);
    }
    return tensor.pointer;
  }

  #record(body: (r: Recorder) => void, scope: Scope): WasmProgram {
    const program = new WasmProgram(this, scope);
    const allocate = (bytes: number, what: string) => {
      const pointer = this.#arena.allocate(bytes, what);
      program.temporaries.push(pointer);
      return pointer;
    };
    const pointerOf = (tensor: Tensor) => {
      const pointer = this.#pointer(tensor);
      program.tensors.add(tensor as WasmTensor);
      return pointer;
    };
    const planner: Planner = {
      threads: this.#engine.threads,
      temporary: (bytes) => allocate(bytes, "a kernel's temporaries"),
      ask: (name, ...[args]) => this.#engine.ask(name, args),
    };
    try {
      body({
        run: (kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) => {
          const dims = bindDims(kernel, operands);
          scope.check(Object.values(operands));
          const pointers = Object.fromEntries(
            Object.entries(operands).map(([name, tensor]) => [name, pointerOf(tensor)]),
          );
          const plan = plans[kernel.id as keyof typeof plans] as (
            ...args: unknown[]
          ) => Launch;
          const launch = plan(pointers, dims, constants, planner);
          this.#engine.reserveScratch(launch.scratchBytes, this.#arena);
          const updates = (Object.values(kernel.operands) as Operand[]).some(({ access }) =>
            access === "update"
          );
          program.commands.push({ launch: this.#engine.prepare(kernel.id, updates, launch) });
        },
        copy: (from, to) => {
          const count = checkCopy(from, to);
          scope.check([from, to]);
          program.commands.push({ copy: { from: pointerOf(from), to: pointerOf(to), count } });
        },
        temporary: (dtype, shape) => {
          checkShape(shape, "make a temporary");
          const pointer = allocate(4 * elementCount(shape), `a temporary ${dtype}[${shape}]`);
          return scope.own(new WasmTensor(dtype, shape, this, pointer, false));
        },
        branch: (flag, zero, nonzero) => {
          scope.check([flag]);
          program.commands.push({
            flag: pointerOf(flag),
            sides: [zero, nonzero],
            recorded: [undefined, undefined],
          });
        },
      });
    } catch (error) {
      program[Symbol.dispose]();
      throw error;
    }
    return program;
  }
}
