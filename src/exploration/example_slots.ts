/**
 * Room for a fixed number of examples per latent, with the activations around each.
 *
 * @module
 */
import { makeArray } from "../base/array_size.ts";
import type { LatentExample } from "./exploration.ts";
import type { SequenceEntries } from "./sequence.ts";

/** Rows before an example in its window, and in the window at most. */
const BEFORE = 15, WINDOW = 24;

const TASK = "explore the latents";

/** Examples in numbered slots. A slot whose value is 0 is free. */
export class ExampleSlots {
  /** The row of each example. */
  readonly rows: Float64Array;
  /** The activation of each example. */
  readonly values: Float32Array;
  readonly #width: number;
  readonly #froms: Float64Array;
  readonly #lengths: Uint8Array;
  readonly #windows: Float32Array;

  constructor(slots: number, context: number) {
    this.#width = Math.min(context, WINDOW);
    this.rows = makeArray(Float64Array, { slots }, TASK);
    this.values = makeArray(Float32Array, { slots }, TASK);
    this.#froms = makeArray(Float64Array, { slots }, TASK);
    this.#lengths = makeArray(Uint8Array, { slots }, TASK);
    this.#windows = makeArray(Float32Array, { slots, width: this.#width }, TASK);
  }

  /** Puts entry `e` of a sequence into a slot, with those of the same latent around it, whose list begins at `head`. */
  put(slot: number, sequence: SequenceEntries, e: number, head: number): void {
    const { firstRow, length, positions, values, next } = sequence;
    const width = Math.min(this.#width, length);
    const position = positions[e];
    const from = Math.max(0, Math.min(position - BEFORE, length - width));
    this.rows[slot] = firstRow + position;
    this.values[slot] = values[e];
    this.#froms[slot] = firstRow + from;
    this.#lengths[slot] = width;
    const start = slot * this.#width;
    this.#windows.fill(0, start, start + this.#width);
    for (let other = head; other >= 0; other = next[other]) {
      const at = positions[other] - from;
      if (at >= 0 && at < width) this.#windows[start + at] = values[other];
    }
  }

  /** Copies an example to another slot. */
  move(from: number, to: number): void {
    this.rows[to] = this.rows[from];
    this.values[to] = this.values[from];
    this.#froms[to] = this.#froms[from];
    this.#lengths[to] = this.#lengths[from];
    const width = this.#width;
    this.#windows.copyWithin(to * width, from * width, (from + 1) * width);
  }

  /** Returns the example of a slot. */
  get(slot: number): LatentExample {
    const start = slot * this.#width;
    return {
      row: this.rows[slot],
      value: this.values[slot],
      from: this.#froms[slot],
      values: [...this.#windows.subarray(start, start + this.#lengths[slot])],
    };
  }
}
