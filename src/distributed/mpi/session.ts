/**
 * MPI in this process between MPI_Init and MPI_Finalize.
 *
 * @module
 */
import { type Handle, THREAD_FUNNELED } from "./families.ts";
import type { MpiFunctions } from "./functions.ts";
import { type MpiLibrary, readText } from "./library.ts";

/** How long a rank that ends the job waits for its reason to be read. */
const ABORT_MILLISECONDS = 100;

/** The library in use, and what all groups of ranks share. */
export class Session {
  readonly #library: MpiLibrary;
  readonly #rank: number;
  readonly #size: number;
  /** All ranks, for the barrier at the end, which must not meet other calls. */
  readonly #ending: Handle;
  #open = true;
  #released = false;

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
    this.#ending = this.split(world, 0, this.#rank);
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

  /** Whether MPI has not ended. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Which rank this is, for messages: `Rank 2 of 4`. */
  get name(): string {
    return `Rank ${this.#rank} of ${this.#size}`;
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
    if (this.#released) throw new Error(`Cannot ${task}: the communicator has been disposed of`);
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

  /** Lets no more messages pass. MPI itself ends with the process. */
  release(): void {
    this.#released = true;
  }

  /**
   * Ends MPI, unless it has ended. Waits until all ranks do the same, and calls `waiting` with the seconds so far.
   * MPI_Finalize waits as well, but tells nobody.
   */
  finalize(waiting: (seconds: number) => void): void {
    if (!this.#open) return;
    const { functions } = this;
    const task = "end MPI";
    const request = new BigUint64Array(1);
    this.check(task, functions.MPI_Ibarrier(this.#ending, request));
    const { statusIgnore } = this.#library.family;
    const start = performance.now();
    while (this.readInt(task, (done) => functions.MPI_Test(request, done, statusIgnore)) === 0) {
      waiting((performance.now() - start) / 1000);
      // Other ranks may need the core. 1 ms is little at the end of a job.
      sleep(1);
    }
    this.#open = false;
    this.check(task, functions.MPI_Finalize());
  }

  /** Ends all ranks with a status other than 0. */
  abort(reason: string, status = 1): void {
    const code = Number.isInteger(status) && status > 0 && status < 256 ? status : 1;
    console.error(`${this.name} ends the job: ${reason}`);
    const open = this.#open;
    // The exit has listeners, which must not do this again.
    this.#open = false;
    if (open) {
      // MPICH's launcher drops what it has not read by then.
      sleep(ABORT_MILLISECONDS);
      this.functions.MPI_Abort(this.handles.world, code);
    }
    Deno.exit(code);
  }
}

/** Blocks, as calls of MPI do. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
