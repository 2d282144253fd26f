/**
 * What the ranks of a command do together, and what one of them does for all.
 *
 * @module
 */
import { type Communicator, gatherTexts, RankError } from "@matryoshka/sae";
import { describeError } from "../terminal/failure.ts";

/** The most ranks whose errors are listed: a missing file is missing on all. */
const LISTED = 4;

/**
 * The ranks of a command, of which this process is one. A command that was not started over MPI is its own only rank.
 * All ranks run the same program, so that they call the collective methods in the same order.
 */
export class Ranks {
  /** What carries messages; undefined if the command does not run over MPI. */
  readonly communicator: Communicator | undefined;
  /** The errors that all ranks have thrown, after which no rank waits for another. */
  readonly #common = new WeakSet<Error>();

  constructor(communicator?: Communicator) {
    this.communicator = communicator;
  }

  /** The number of ranks. */
  get size(): number {
    return this.communicator?.size ?? 1;
  }

  /** Whether this is rank 0, which prints, and writes what there is one of. */
  get isFirst(): boolean {
    return (this.communicator?.rank ?? 0) === 0;
  }

  /** Names this rank in a message: "Rank 2 of 4"; ranks count from 0. */
  get name(): string {
    return this.#nameOf(this.communicator?.rank ?? 0);
  }

  #nameOf(rank: number): string {
    return `Rank ${rank} of ${this.size}`;
  }

  /** Returns whether all ranks have thrown this error: they can go on together, or end without waiting. */
  isCommon(error: unknown): boolean {
    return this.communicator === undefined || error instanceof Error && this.#common.has(error);
  }

  /** Notes that an error comes from something that all ranks compute alike, so that all of them throw it. */
  noteCommon(error: unknown): void {
    if (error instanceof Error) this.#common.add(error);
  }

  /** Returns whether the condition holds on any rank. Collective. */
  async any(condition: boolean): Promise<boolean> {
    if (this.communicator === undefined) return condition;
    const count = Uint32Array.of(condition ? 1 : 0);
    await this.communicator.allReduce(count);
    return count[0] > 0;
  }

  /** Waits until all ranks have come here. Collective. */
  async meet(): Promise<void> {
    await this.any(false);
  }

  /**
   * Does work on every rank, and waits for all. If it fails anywhere, all ranks throw: the same error if it failed in
   * the same way everywhere, else one that names the ranks. Collective; the work itself need not be, but if it is, it
   * must fail on all ranks or on none.
   */
  async together<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    if (this.communicator === undefined) return await work();
    let result: { readonly value: Result } | undefined;
    let failure: unknown;
    try {
      result = { value: await work() };
    } catch (error) {
      failure = error;
      // It may come from work that was done together itself.
      if (this.isCommon(error)) throw error;
    }
    const failed = await this.any(result === undefined);
    if (!failed) return result!.value;
    const own = result === undefined ? describeError(failure) || "an error without a message" : "";
    const texts = await gatherTexts(this.communicator, own);
    if (failure instanceof Error && texts.every((text) => text === own)) {
      this.noteCommon(failure);
      throw failure;
    }
    throw this.#errorOf(texts, failure);
  }

  #errorOf(texts: readonly string[], cause: unknown): RankError {
    const failed = texts.flatMap((text, rank) =>
      text === "" ? [] : [`${this.#nameOf(rank)}: ${text}`]
    );
    const more = failed.length > LISTED ? [`… and ${failed.length - LISTED} other ranks`] : [];
    const message = [...failed.slice(0, LISTED), ...more].join("\n");
    const error = new RankError(message, { cause });
    this.noteCommon(error);
    return error;
  }

  /**
   * Does work on rank 0 alone while the others wait, and gives its result to all of them. If it fails, all ranks throw
   * its error. Collective.
   *
   * @param work Its result must be plain JSON.
   */
  async onFirst<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.communicator === undefined) return await work();
    let outcome: { readonly value?: Result; readonly error?: string } = {};
    let failure: unknown;
    if (this.isFirst) {
      try {
        outcome = { value: await work() };
      } catch (error) {
        failure = error;
        outcome = { error: describeError(error) };
      }
    }
    const own = this.isFirst ? JSON.stringify(outcome) : "";
    const { value, error } = JSON.parse((await gatherTexts(this.communicator, own))[0]);
    if (error === undefined) return value;
    const common = failure instanceof Error ? failure : new RankError(error, { cause: failure });
    this.noteCommon(common);
    throw common;
  }
}
