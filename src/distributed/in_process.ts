/**
 * Ranks inside one process: for tests, and to try out code that will run over MPI.
 *
 * @module
 */
import { checkInteger } from "../base/checks.ts";
import type { Communicator, Numbers } from "./communicator.ts";

/** One collective call while ranks arrive at it. */
interface Call {
  readonly method: string;
  readonly messages: (Numbers | number)[];
  readonly finished: Outcome;
}

/** What a call has come to, once it has. `Promise.withResolvers` is not there before Node 22. */
class Outcome {
  readonly promise: Promise<unknown>;
  resolve!: (result: unknown) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** A group of ranks in which each waits for the others. */
class Group {
  #call: Call | undefined;
  #arrived = 0;
  readonly #subgroups: Group[] = [];
  /** The ranks of this group whose bodies have ended. */
  readonly #ended = new Set<number>();
  #reason: string | undefined;

  /** @param ranks The numbers of its ranks among all. */
  constructor(readonly ranks: readonly number[]) {}

  get size(): number {
    return this.ranks.length;
  }

  /** Waits until every rank has called `method`, lets `combine` work on all messages once, and returns its result. */
  async meet<Result>(
    method: string,
    rank: number,
    message: Numbers | number,
    combine: (messages: readonly (Numbers | number)[]) => Result,
  ): Promise<Result> {
    this.#checkAlive();
    const call = this.#call ??= { method, messages: [], finished: new Outcome() };
    if (call.method !== method) {
      this.abort(`rank ${rank} calls ${method} while another rank calls ${call.method}`);
      this.#checkAlive();
    }
    if (call.messages[rank] !== undefined) {
      this.abort(`rank ${rank} calls ${method} while its own last call has not ended`);
      this.#checkAlive();
    }
    call.messages[rank] = message;
    this.#arrived++;
    if (this.#arrived === this.size) {
      this.#arrived = 0;
      this.#call = undefined;
      try {
        call.finished.resolve(combine(call.messages));
      } catch (error) {
        call.finished.reject(error);
      }
    }
    this.#checkAllCanCome();
    return await call.finished.promise as Result;
  }

  /** Makes a group of some ranks that ends with this one. */
  subgroup(ranks: readonly number[]): Group {
    const group = new Group(ranks.map((rank) => this.ranks[rank]));
    this.#subgroups.push(group);
    return group;
  }

  /** Ends the calls that wait for a rank, given by its number among all, because it will not call any more. */
  end(rank: number): void {
    const own = this.ranks.indexOf(rank);
    if (own >= 0) this.#ended.add(own);
    this.#checkAllCanCome();
    for (const group of this.#subgroups) group.end(rank);
  }

  #checkAllCanCome(): void {
    const call = this.#call;
    if (call === undefined) return;
    const missing = [...this.#ended].find((rank) => call.messages[rank] === undefined);
    if (missing === undefined) return;
    this.abort(`rank ${this.ranks[missing]} ended, and others wait for it in ${call.method}`);
  }

  abort(reason: string): void {
    this.#reason ??= reason;
    const call = this.#call;
    this.#call = undefined;
    // A rank that waits gets the error; without a rank that waits, nobody handles the promise.
    call?.finished.promise.catch(() => {});
    call?.finished.reject(this.#error());
    for (const group of this.#subgroups) group.abort(reason);
  }

  #error(): Error {
    return new Error(`Cannot go on: another rank has ended the job: ${this.#reason}`);
  }

  #checkAlive(): void {
    if (this.#reason !== undefined) throw this.#error();
  }
}

class InProcessCommunicator implements Communicator {
  readonly description = "ranks inside one process";
  readonly #group: Group;
  readonly #root: Group;

  constructor(group: Group, readonly rank: number, root: Group) {
    this.#group = group;
    this.#root = root;
  }

  get size(): number {
    return this.#group.size;
  }

  async exclusiveScan(values: Numbers): Promise<void> {
    await this.#combine("exclusiveScan", values, (messages) => scan(messages));
  }

  async reverseExclusiveScan(values: Numbers): Promise<void> {
    await this.#combine("reverseExclusiveScan", values, (messages) => scan(messages.toReversed()));
  }

  async allReduce(values: Numbers): Promise<void> {
    await this.#combine("allReduce", values, (messages) => {
      const [sum, ...others] = messages;
      for (const other of others) add(sum, other);
      for (const other of others) other.set(sum);
    });
  }

  async allGather<N extends Numbers>(values: N): Promise<N> {
    const all = emptyLike(values, values.length * this.size);
    const messages = await this.#combine(
      "allGather",
      values,
      (messages) => messages.map((message) => message.slice()),
    );
    messages.forEach((message, r) => all.set(message, r * values.length));
    return all;
  }

  async broadcast(values: Numbers, root: number): Promise<void> {
    await this.#combine("broadcast", values, (messages) => {
      for (const message of messages) if (message !== messages[root]) message.set(messages[root]);
    });
  }

  async split(group: number): Promise<Communicator> {
    checkInteger(group, "group", "split the ranks", 0);
    const groups = await this.#group.meet("split", this.rank, group, (numbers) => {
      const made = new Map<number, { group: Group; ranks: number[] }>();
      numbers.forEach((number, rank) => {
        const ranks = numbers.flatMap((other, r) => other === number ? [r] : []);
        if (rank === ranks[0]) {
          made.set(number as number, { group: this.#group.subgroup(ranks), ranks });
        }
      });
      return made;
    });
    const { group: part, ranks } = groups.get(group)!;
    return new InProcessCommunicator(part, ranks.indexOf(this.rank), this.#root);
  }

  abort(reason: string): void {
    this.#root.abort(reason);
  }

  #combine<Result>(
    method: string,
    values: Numbers,
    combine: (messages: readonly Numbers[]) => Result,
  ): Promise<Result> {
    return this.#group.meet(method, this.rank, values, (messages) => {
      const arrays = messages as Numbers[];
      const odd = arrays.find((array) =>
        array.length !== values.length || array.constructor !== values.constructor
      );
      if (odd) {
        throw new RangeError(
          `Cannot ${method}: ranks give different messages, ${nameOf(values)} and ${nameOf(odd)}`,
        );
      }
      return combine(arrays);
    });
  }
}

function nameOf(values: Numbers): string {
  return `${values.constructor.name}(${values.length})`;
}

/** Replaces each message by the sum of those before it. */
function scan(messages: readonly Numbers[]): void {
  const sum = emptyLike(messages[0], messages[0].length);
  for (const message of messages) {
    const own = message.slice();
    message.set(sum);
    add(sum, own);
  }
}

function add(sum: Numbers, values: Numbers): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function emptyLike<N extends Numbers>(values: N, length: number): N {
  return new (values.constructor as new (length: number) => N)(length);
}

/**
 * Runs a body once per rank, interleaved in this process, and returns the results in the order of the ranks. If one
 * rank throws, all others that wait for it throw, too, and so does this function, with the first error. They also throw
 * if a rank returns while others wait for it.
 *
 * @param size How many ranks.
 * @param body The program of a rank.
 *
 * @example
 * ```ts
 * import { runRanks } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const sums = await runRanks(3, async (communicator) => {
 *   const values = Float64Array.of(communicator.rank + 1);
 *   await communicator.exclusiveScan(values);
 *   return values[0];
 * });
 * assertEquals(sums, [0, 1, 3]);
 * ```
 */
export async function runRanks<Result>(
  size: number,
  body: (communicator: Communicator) => Promise<Result>,
): Promise<Result[]> {
  checkInteger(size, "size", "run ranks");
  const group = new Group(Array.from({ length: size }, (_, rank) => rank));
  let failure: { readonly error: unknown } | undefined;
  const results = await Promise.all(
    Array.from({ length: size }, async (_, rank) => {
      try {
        const result = await body(new InProcessCommunicator(group, rank, group));
        group.end(rank);
        return result;
      } catch (error) {
        failure ??= { error };
        group.abort(error instanceof Error ? error.message : String(error));
        return undefined;
      }
    }),
  );
  if (failure) throw failure.error;
  return results as Result[];
}
