/**
 * Counts what ranks say to each other, and how long it takes.
 *
 * @module
 */
import type { Communicator, Numbers } from "./communicator.ts";

/** The calls of one kind. */
export interface CallTraffic {
  /** How many calls there were. */
  readonly calls: number;
  /** The bytes of the values that this rank handed to them. */
  readonly bytes: number;
  /** The seconds from each call to its end, which include waiting for ranks that come later. */
  readonly seconds: number;
}

/** The kinds of calls that carry values. */
export type TrafficKind =
  | "exclusiveScan"
  | "reverseExclusiveScan"
  | "allReduce"
  | "allGather"
  | "broadcast";

/** What one rank has handed to its communicator and the groups split off it, by kind of call. */
export type Traffic = Readonly<Record<TrafficKind, CallTraffic>>;

/** A communicator that counts. */
export interface MeasuredCommunicator extends Communicator {
  /** What this rank has handed over so far: a copy, which later calls do not change. */
  readonly traffic: Traffic;
}

type Figures = { -readonly [Key in keyof CallTraffic]: CallTraffic[Key] };
type Counts = Record<TrafficKind, Figures>;

class Measured implements MeasuredCommunicator {
  readonly #inner: Communicator;
  readonly #counts: Counts;

  constructor(inner: Communicator, counts: Counts) {
    this.#inner = inner;
    this.#counts = counts;
  }

  get traffic(): Traffic {
    return structuredClone(this.#counts);
  }

  get rank(): number {
    return this.#inner.rank;
  }

  get size(): number {
    return this.#inner.size;
  }

  get description(): string {
    return this.#inner.description;
  }

  exclusiveScan(values: Numbers): Promise<void> {
    return this.#count("exclusiveScan", values, () => this.#inner.exclusiveScan(values));
  }

  reverseExclusiveScan(values: Numbers): Promise<void> {
    return this.#count(
      "reverseExclusiveScan",
      values,
      () => this.#inner.reverseExclusiveScan(values),
    );
  }

  allReduce(values: Numbers): Promise<void> {
    return this.#count("allReduce", values, () => this.#inner.allReduce(values));
  }

  allGather<N extends Numbers>(values: N): Promise<N> {
    return this.#count("allGather", values, () => this.#inner.allGather(values));
  }

  broadcast(values: Numbers, root: number): Promise<void> {
    const handed = root === this.rank ? values : undefined;
    return this.#count("broadcast", handed, () => this.#inner.broadcast(values, root));
  }

  async split(group: number): Promise<Communicator> {
    return new Measured(await this.#inner.split(group), this.#counts);
  }

  abort(reason: string, status?: number): void {
    this.#inner.abort(reason, status);
  }

  async #count<Result>(
    kind: TrafficKind,
    handed: Numbers | undefined,
    call: () => Promise<Result>,
  ): Promise<Result> {
    const figures = this.#counts[kind];
    const start = performance.now();
    try {
      return await call();
    } finally {
      figures.calls++;
      figures.bytes += handed?.byteLength ?? 0;
      figures.seconds += (performance.now() - start) / 1000;
    }
  }
}

/**
 * Returns a communicator that passes every call on and counts it in `traffic`: per kind of call the number of calls, the
 * bytes, and the seconds. Groups made by its `split` count into the same figures.
 *
 * The bytes are those of the values that this rank hands to a call: of the whole message in a scan or an all-reduce, of
 * this rank's own values in an all-gather, and in a broadcast of the values on the root, 0 elsewhere. They do not depend
 * on how the library passes messages on, so that a formula can predict them. `split` and `abort` count nothing.
 *
 * @param communicator What carries the messages.
 *
 * @example
 * ```ts
 * import { measureCommunicator, runRanks } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = await runRanks(2, async (communicator) => {
 *   const measured = measureCommunicator(communicator);
 *   await measured.allReduce(new Float32Array(100));
 *   await measured.broadcast(new Float32Array(10), 0);
 *   return [measured.traffic.allReduce.bytes, measured.traffic.broadcast.bytes];
 * });
 * assertEquals(bytes, [[400, 40], [400, 0]]);
 * ```
 */
export function measureCommunicator(communicator: Communicator): MeasuredCommunicator {
  const none = () => ({ calls: 0, bytes: 0, seconds: 0 });
  return new Measured(communicator, {
    exclusiveScan: none(),
    reverseExclusiveScan: none(),
    allReduce: none(),
    allGather: none(),
    broadcast: none(),
  });
}
