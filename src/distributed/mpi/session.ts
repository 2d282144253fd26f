/**
 * MPI in this process between MPI_Init and MPI_Finalize.
 *
 * @module
 */
import { type Handle, THREAD_FUNNELED } from "./families.ts";
import type { MpiFunctions } from "./functions.ts";
import { type MpiLibrary, readText } from "./library.ts";

/** The library in use, and what all groups of ranks share. */
export class Session {
  readonly #library: MpiLibrary;
  readonly #rank: number;
  readonly #size: number;
  #open = true;

  /** Initialises MPI, which a process can do once. */
  constructor(library: MpiLibrary) {
    this.#library = library;
    const { functions, handles } = library;
    const { world } = handles;
    const task = "connect to MPI";
    if (this.readInt(task, (flag) => functions.MPI_Initialized(flag)) !== 0) {
      throw new Error(`Cannot ${task}: this process has connected to MPI before`);
    }
    // Threads of WASM compute, but never call MPI.
    this.readInt(task, (provided) => functions.MPI_Init_thread(0, 0, THREAD_FUNNELED, provided));
    // Groups inherit it. The default would end the job without a stack of JavaScript.
    this.check(task, functions.MPI_Comm_set_errhandler(world, handles.errorsReturn));
    this.#rank = this.readInt(task, (rank) => functions.MPI_Comm_rank(world, rank));
    this.#size = this.readInt(task, (size) => functions.MPI_Comm_size(world, size));
  }

  get functions(): MpiFunctions {
    return this.#library.functions;
  }

  get handles(): MpiLibrary["handles"] {
    return this.#library.handles;
  }

  get sum(): Handle {
    return this.handles.sum;
  }

  get inPlace(): bigint {
    return this.#library.family.inPlace;
  }

  get version(): string {
    return this.#library.version;
  }

  /** How many ranks the job has. */
  get size(): number {
    return this.#size;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Throws if an MPI function has returned an error. */
  check(task: string, error: number): void {
    if (error === 0) return;
    const reason = readText((bytes, length) => {
      this.functions.MPI_Error_string(error, bytes, length);
    });
    throw new Error(`Cannot ${task}: ${this.version} reports: ${reason}`);
  }

  /** Throws if MPI has ended. */
  checkOpen(task: string): void {
    if (!this.#open) throw new Error(`Cannot ${task}: finalize() has ended MPI in this process`);
  }

  /** Returns the int that a function writes. */
  readInt(task: string, read: (result: Int32Array) => number): number {
    const result = new Int32Array(1);
    this.check(task, read(result));
    return result[0];
  }

  /** Divides a communicator. Collective. */
  split(handle: Handle, colour: number, key: number): Handle {
    const made = new BigUint64Array(1);
    this.check("split the ranks", this.functions.MPI_Comm_split(handle, colour, key, made));
    return this.#library.family.handle === "i32" ? new Int32Array(made.buffer)[0] : made[0];
  }

  /** Ends MPI, unless it has ended. Waits until all ranks do the same. */
  finalize(): void {
    if (!this.#open) return;
    this.#open = false;
    this.check("end MPI", this.functions.MPI_Finalize());
  }

  /** Ends all ranks with a status other than 0. */
  abort(reason: string, status = 1): void {
    const code = Number.isInteger(status) && status > 0 && status < 256 ? status : 1;
    console.error(`Rank ${this.#rank} of ${this.#size} ends the job: ${reason}`);
    if (this.#open) this.functions.MPI_Abort(this.handles.world, code);
    Deno.exit(code);
  }
}
