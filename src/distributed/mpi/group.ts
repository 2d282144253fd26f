/**
 * A group of ranks over MPI.
 *
 * @module
 */
import { checkInteger, wrongKind } from "../../base/checks.ts";
import type { Communicator, Numbers } from "../communicator.ts";
import type { Handle } from "./families.ts";
import type { Session } from "./session.ts";

/** The most numbers of one call of MPI, which counts with ints. Longer messages are cut. */
export interface MostCounts {
  readonly combined: number;
  readonly scanned: number;
  /** From all ranks together. */
  readonly gathered: number;
}

const MOST_COUNTS: MostCounts = {
  // Scans need buffers of the message's size: those of 32 MiB are kept, see `keepFreedMemory`. MPICH scans 1 GiB in 2 s
  // instead of 32.
  combined: 2 ** 22,
  // Open MPI passes a scan from rank to rank. In pieces of 256 KiB, a rank adds one while the next arrives, and the last of
  // R ranks waits for R − 2 pieces more than the second, not for as many messages. Between two ranks 2 MiB take 0.27 ms in
  // such pieces, and 0.22 to 0.3 as a whole (measured).
  scanned: 2 ** 16,
  // Not 2^31 bytes, where libraries have had errors.
  gathered: 2 ** 27,
};

/** A group of ranks in which every collective call is one of MPI, on the memory of the message itself. */
export class MpiGroup implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly #session: Session;
  readonly #handle: Handle;
  readonly #reverse: Handle;
  readonly #most: MostCounts;

  /** Collective. */
  constructor(session: Session, handle: Handle, most: MostCounts = MOST_COUNTS) {
    this.#session = session;
    this.#handle = handle;
    this.#most = most;
    const { functions } = session;
    this.rank = session.readInt("find the rank", (rank) => functions.MPI_Comm_rank(handle, rank));
    this.size = session.readInt("find the size", (size) => functions.MPI_Comm_size(handle, size));
    this.#reverse = session.split(handle, 0, this.size - 1 - this.rank);
  }

  get description(): string {
    return this.#session.version;
  }

  // deno-lint-ignore require-await -- MPI works while it is called, and an error must be a rejection
  async exclusiveScan(values: Numbers): Promise<void> {
    this.#scan("exclusiveScan", values, this.#handle, this.rank === 0);
  }

  // deno-lint-ignore require-await
  async reverseExclusiveScan(values: Numbers): Promise<void> {
    this.#scan("reverseExclusiveScan", values, this.#reverse, this.rank === this.size - 1);
  }

  /**
   * All ranks get the same bits: MPI requires "identical results" of a reduction that all processes receive. Both
   * families sum an element in one place and send it round, or, in recursive doubling, both partners of an exchange add
   * the same two numbers, and a + b rounds as b + a does.
   */
  // deno-lint-ignore require-await
  async allReduce(values: Numbers): Promise<void> {
    const { functions, inPlace, sum } = this.#session;
    const type = this.#typeOf(values, "allReduce");
    this.#inPieces("allReduce", values, (piece) => {
      return functions.MPI_Allreduce(inPlace, piece, piece.length, type, sum, this.#handle);
    });
  }

  // deno-lint-ignore require-await
  async allGather<N extends Numbers>(values: N): Promise<N> {
    const { functions } = this.#session;
    const type = this.#typeOf(values, "allGather");
    const { length } = values;
    const all = emptyLike(values, length * this.size);
    const most = Math.max(1, Math.floor(this.#most.gathered / this.size));
    for (let from = 0; from < length; from += most) {
      const piece = values.subarray(from, Math.min(length, from + most)) as N;
      const count = piece.length;
      const whole = count === length;
      const gathered = whole ? all : emptyLike(values, count * this.size);
      this.#session.check(
        "allGather",
        functions.MPI_Allgather(piece, count, type, gathered, count, type, this.#handle),
      );
      for (let r = 0; !whole && r < this.size; r++) {
        all.set(gathered.subarray(r * count, (r + 1) * count), r * length + from);
      }
    }
    return all;
  }

  // deno-lint-ignore require-await
  async broadcast(values: Numbers, root: number): Promise<void> {
    const { functions } = this.#session;
    const type = this.#typeOf(values, "broadcast");
    checkInteger(root, "root", "broadcast", 0);
    if (root >= this.size) {
      throw new RangeError(
        `Cannot broadcast: root must be below the number of ranks ${this.size} but is ${root}`,
      );
    }
    this.#inPieces("broadcast", values, (piece) => {
      return functions.MPI_Bcast(piece, piece.length, type, root, this.#handle);
    });
  }

  // deno-lint-ignore require-await
  async split(group: number): Promise<Communicator> {
    checkInteger(group, "group", "split the ranks", 0);
    if (group > 0x7fff_ffff) {
      throw new RangeError(`Cannot split the ranks: group must be below 2^31 but is ${group}`);
    }
    this.#session.checkOpen("split the ranks");
    const handle = this.#session.split(this.#handle, group, this.rank);
    return new MpiGroup(this.#session, handle, this.#most);
  }

  abort(reason: string, status?: number): void {
    this.#session.abort(reason, status);
  }

  #scan(task: string, values: Numbers, handle: Handle, first: boolean): void {
    const { functions, inPlace, sum } = this.#session;
    const type = this.#typeOf(values, task);
    this.#inPieces(task, values, (piece) => {
      return functions.MPI_Exscan(inPlace, piece, piece.length, type, sum, handle);
    }, this.#most.scanned);
    // MPI leaves the first rank's undefined.
    if (first) values.fill(0);
  }

  #inPieces(
    task: string,
    values: Numbers,
    call: (piece: Numbers) => number,
    most: number = this.#most.combined,
  ): void {
    for (let from = 0; from < values.length; from += most) {
      const piece = values.length <= most
        ? values
        : values.subarray(from, Math.min(values.length, from + most));
      this.#session.check(task, call(piece));
    }
  }

  /** Returns the datatype of a message, if MPI can take it. */
  #typeOf(values: Numbers, task: string): Handle {
    this.#session.checkOpen(task);
    const { handles } = this.#session;
    if (values instanceof Float32Array) return handles.float32;
    if (values instanceof Float64Array) return handles.float64;
    if (values instanceof Uint32Array) return handles.uint32;
    const wanted = "a Float32Array, Float64Array or Uint32Array";
    throw wrongKind(values, "values", wanted, task);
  }
}

function emptyLike<N extends Numbers>(values: N, length: number): N {
  return new (values.constructor as new (length: number) => N)(length);
}
