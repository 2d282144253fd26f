/**
 * The tensors and programs of the WASM backend.
 *
 * @module
 */
import type { DType, Program, Recorder, Tensor } from "../kernels/kernel.ts";
import type { Scope } from "../kernels/temporaries.ts";
import type { PreparedLaunch } from "./engine.ts";

/** The backend that made a tensor or program. */
export interface Owner {
  /** Frees a block of memory. */
  release(pointer: number): void;
}

/** A tensor: a block of the arena. */
export class WasmTensor implements Tensor {
  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    /** The backend that made it. */
    readonly backend: Owner,
    /** Its address; 0 once disposed. */
    public pointer: number,
    readonly owned: boolean,
  ) {}

  [Symbol.dispose](): void {
    if (this.pointer !== 0 && this.owned) this.backend.release(this.pointer);
    this.pointer = 0;
  }
}

/** One command of a program: a launch, a copy (addresses in bytes, count in words) or a branch. */
export type Command =
  | { readonly launch: PreparedLaunch }
  | { readonly copy: { from: number; to: number; count: number } }
  | {
    readonly flag: number;
    readonly sides: readonly [(r: Recorder) => void, (r: Recorder) => void];
    readonly recorded: [WasmProgram | undefined, WasmProgram | undefined];
  };

/** A recorded program. */
export class WasmProgram implements Program {
  readonly commands: Command[] = [];
  /** Memory that lives as long as the program. */
  readonly temporaries: number[] = [];
  /** Every tensor that the commands use. */
  readonly tensors: Set<WasmTensor> = new Set();
  disposed = false;

  constructor(readonly backend: Owner, readonly scope: Scope) {}

  get length(): number {
    return this.commands.length;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
    for (const pointer of this.temporaries) this.backend.release(pointer);
    for (const command of this.commands) {
      if ("recorded" in command) command.recorded.forEach((side) => side?.[Symbol.dispose]());
    }
    this.temporaries.length = this.commands.length = 0;
    this.tensors.clear();
  }
}
