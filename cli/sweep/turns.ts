/**
 * Gives each item of one source to several consumers, one consumer at a time.
 *
 * @module
 */

/** Options of {@linkcode Turns}. */
export interface TurnsOptions {
  /** For each consumer, how many of the first items it does not get. */
  readonly skips: readonly number[];
  /** Whether the consumers are to end before the next item is read. */
  readonly stopRequested?: () => boolean;
  /** Called when every consumer is done with an item, with the number of items so far. */
  readonly afterRound?: (items: number) => void;
}

/** What every consumer gets in a round: an item, the end, or the error that ended the source. */
type Outcome<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown };

/** Where a consumer is: it has not asked yet, waits for an item, works on one, or takes no more. */
type Place = "absent" | "waiting" | "busy" | "gone";

interface Consumer<T> {
  place: Place;
  /** The number of rounds that it has taken part in. */
  rounds: number;
  readonly skips: number;
  give?: (outcome: Outcome<T>) => void;
  milliseconds: number;
  servedAt: number;
}

/**
 * Reads a source once for several consumers. Only one of them works at a time, in their order: it keeps its turn until
 * it asks for the next item or leaves. The next item is read when all that remain have asked for it, so that between
 * two rounds all of them are at the same item.
 */
export class Turns<T> {
  readonly #source: AsyncIterator<T>;
  readonly #options: TurnsOptions;
  readonly #consumers: Consumer<T>[];
  #outcome?: Outcome<T>;
  #rounds = 0;
  #items = 0;
  #reported = 0;
  #isReading = false;
  #end: (closing: Promise<void>) => void = () => {};
  /** Resolves when all consumers have left and the source is closed. */
  readonly ended: Promise<void> = new Promise((resolve) => this.#end = resolve);

  constructor(source: AsyncIterable<T>, options: TurnsOptions) {
    this.#source = source[Symbol.asyncIterator]();
    this.#options = options;
    this.#consumers = options.skips.map((skips) => ({
      place: "absent",
      rounds: 0,
      skips,
      milliseconds: 0,
      servedAt: 0,
    }));
  }

  /** The number of items that have been read. */
  get items(): number {
    return this.#items;
  }

  /** Returns the turn of a consumer; until it asks or leaves, the others wait. */
  of(index: number): Turn<T> {
    const consumer = this.#consumers[index];
    const rest = () => {
      if (consumer.place === "busy") {
        consumer.milliseconds += performance.now() - consumer.servedAt;
      }
    };
    return {
      items: {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            rest();
            return this.#ask(consumer);
          },
        }),
      },
      seconds: () =>
        (consumer.milliseconds +
          (consumer.place === "busy" ? performance.now() - consumer.servedAt : 0)) / 1000,
      leave: () => {
        rest();
        consumer.place = "gone";
        this.#proceed();
      },
    };
  }

  #ask(consumer: Consumer<T>): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      consumer.place = "waiting";
      consumer.give = (outcome) =>
        "error" in outcome ? reject(outcome.error) : resolve(outcome.result);
      this.#proceed();
    });
  }

  /** Gives the turn to the next consumer, if all others wait. */
  #proceed(): void {
    const present = this.#consumers.filter(({ place }) => place !== "gone");
    if (this.#isReading || present.some(({ place }) => place !== "waiting")) return;
    const next = present.find(({ rounds, skips }) =>
      rounds < this.#rounds && (this.#isOver || this.#items > skips)
    );
    if (next === undefined) {
      this.#isReading = true;
      this.#report();
      if (present.length > 0) void this.#read();
      else this.#end(this.#close());
      return;
    }
    next.rounds = this.#rounds;
    next.place = "busy";
    next.servedAt = performance.now();
    next.give!(this.#outcome!);
  }

  #report(): void {
    if (this.#reported === this.#items) return;
    this.#reported = this.#items;
    this.#options.afterRound?.(this.#items);
  }

  async #read(): Promise<void> {
    const { stopRequested = () => false } = this.#options;
    try {
      if (!this.#isOver) {
        const result = stopRequested()
          ? { done: true as const, value: undefined }
          : await this.#source.next();
        if (!result.done) this.#items++;
        this.#outcome = { result };
      }
    } catch (error) {
      this.#outcome = { error };
    }
    this.#rounds++;
    this.#isReading = false;
    this.#proceed();
  }

  /** Whether the source has ended, by itself, on request or with an error. */
  get #isOver(): boolean {
    const outcome = this.#outcome;
    return outcome !== undefined && ("error" in outcome || outcome.result.done === true);
  }

  async #close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** What a consumer of {@linkcode Turns} has. */
export interface Turn<T> {
  /** The items; ending the iteration early does not give the turn away. */
  readonly items: AsyncIterable<T>;
  /** Returns the seconds that it has worked on items so far. */
  readonly seconds: () => number;
  /** Gives the turn away for good. */
  readonly leave: () => void;
}
