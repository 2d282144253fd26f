/**
 * The strongest examples of each latent.
 *
 * @module
 */
import { ExampleSlots } from "./example_slots.ts";
import type { LatentExample } from "./exploration.ts";
import type { SequenceEntries } from "./sequence.ts";

/** Keeps the strongest examples, at most one per sequence; of equals the earlier one. */
export class TopExamples {
  readonly #per: number;
  readonly #slots: ExampleSlots;
  /** What an activation must exceed; 0 while there is a free slot. */
  readonly #floors: Float32Array;

  constructor(latentCount: number, per: number, context: number) {
    this.#per = per;
    this.#slots = new ExampleSlots(latentCount * per, context);
    this.#floors = new Float32Array(latentCount);
  }

  /** Takes in the entries of a latent in one sequence. */
  add(latent: number, sequence: SequenceEntries, head: number): void {
    const { values, next } = sequence;
    let peak = head;
    for (let e = next[head]; e >= 0; e = next[e]) if (values[e] > values[peak]) peak = e;
    if (values[peak] <= this.#floors[latent]) return;
    const first = latent * this.#per;
    this.#slots.put(this.#weakest(first), sequence, peak, head);
    this.#floors[latent] = this.#slots.values[this.#weakest(first)];
  }

  /** Returns a free slot, or the weakest example, of equals the latest. */
  #weakest(first: number): number {
    const { values, rows } = this.#slots;
    let weakest = first;
    for (let slot = first + 1; slot < first + this.#per; slot++) {
      const weaker = values[slot] < values[weakest] ||
        values[slot] === values[weakest] && rows[slot] > rows[weakest];
      if (weaker) weakest = slot;
    }
    return weakest;
  }

  /** Returns the examples of a latent, strongest first. */
  of(latent: number): LatentExample[] {
    const examples: LatentExample[] = [];
    for (let slot = latent * this.#per; slot < (latent + 1) * this.#per; slot++) {
      if (this.#slots.values[slot] > 0) examples.push(this.#slots.get(slot));
    }
    return examples.sort((a, b) => b.value - a.value || a.row - b.row);
  }
}
