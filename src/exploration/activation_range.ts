/**
 * The histogram of each latent, and random examples of each part of its range. The largest activation is not known
 * before the end, so the range is a power of two that doubles when an activation exceeds it.
 *
 * @module
 */
import { makeArray } from "../base/array_size.ts";
import { ExampleSlots } from "./example_slots.ts";
import type { ExploredLatent } from "./exploration.ts";
import type { SequenceEntries } from "./sequence.ts";

/** Bins and intervals of the range; from half to all of them lie below the maximum. */
const BINS = 64, INTERVALS = 8;

const TASK = "explore the latents";

/** Returns the priority of an example: those of the lowest are kept, so that all have the same chance. */
export function samplePriority(row: number, latent: number): number {
  let hash = Math.imul(row, 0x9e3779b1) ^ Math.imul(latent + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Counts activations in bins of equal width, and keeps examples of eight intervals. */
export class ActivationRange {
  readonly #per: number;
  readonly #context: number;
  readonly #slots: ExampleSlots;
  readonly #counts: Float64Array;
  /** The power of two that is above the largest activation; 0 before the first. */
  readonly #tops: Float64Array;

  constructor(latentCount: number, per: number, context: number) {
    this.#per = per;
    this.#context = context;
    this.#slots = new ExampleSlots(latentCount * INTERVALS * per, context);
    this.#counts = makeArray(Float64Array, { latentCount, bins: BINS }, TASK);
    this.#tops = new Float64Array(latentCount);
  }

  /** Takes in the entries of a latent in one sequence. */
  add(latent: number, sequence: SequenceEntries, head: number): void {
    const { values, next, positions, firstRow } = sequence;
    for (let e = head; e >= 0; e = next[e]) {
      const value = values[e];
      if (value >= this.#tops[latent]) this.#widen(latent, value);
      const share = value / this.#tops[latent];
      this.#counts[latent * BINS + Math.floor(share * BINS)]++;
      const first = (latent * INTERVALS + Math.floor(share * INTERVALS)) * this.#per;
      const slot = this.#slotFor(first, firstRow + positions[e], latent);
      if (slot >= 0) this.#slots.put(slot, sequence, e, head);
    }
  }

  /** Returns the slot that the example of a row is to take among those of its interval, or −1. */
  #slotFor(first: number, row: number, latent: number): number {
    const { rows, values } = this.#slots;
    const priority = samplePriority(row, latent);
    const sequence = Math.floor(row / this.#context);
    let chosen = -1, highest = priority;
    for (let slot = first; slot < first + this.#per; slot++) {
      if (values[slot] === 0) {
        // Free slots come last.
        return slot;
      }
      const other = samplePriority(rows[slot], latent);
      if (Math.floor(rows[slot] / this.#context) === sequence) return other > priority ? slot : -1;
      if (other <= highest) continue;
      highest = other;
      chosen = slot;
    }
    return chosen;
  }

  /** Doubles the range until it is above the value. */
  #widen(latent: number, value: number): void {
    const old = this.#tops[latent];
    let top = old || 2 ** Math.floor(Math.log2(value));
    let factor = 1;
    while (top <= value) {
      top *= 2;
      factor *= 2;
    }
    this.#tops[latent] = top;
    if (old === 0) return;
    const counts = this.#counts.subarray(latent * BINS, (latent + 1) * BINS);
    for (let bin = 0; bin < BINS; bin++) {
      const count = counts[bin];
      counts[bin] = 0;
      counts[Math.floor(bin / factor)] += count;
    }
    const { values, rows } = this.#slots;
    const begin = latent * INTERVALS * this.#per;
    // Every example of the first interval stays there; those of the others join the ones below them.
    for (let from = begin + this.#per; from < begin + INTERVALS * this.#per; from++) {
      if (values[from] === 0) continue;
      const interval = Math.floor(values[from] / top * INTERVALS);
      const slot = this.#slotFor(begin + interval * this.#per, rows[from], latent);
      if (slot >= 0) this.#slots.move(from, slot);
      values[from] = 0;
    }
  }

  /** Returns the histogram of a latent, from the first bin that holds something to the last. */
  histogramOf(latent: number): ExploredLatent["histogram"] {
    const counts = [...this.#counts.subarray(latent * BINS, (latent + 1) * BINS)];
    const width = this.#tops[latent] / BINS;
    const from = counts.findIndex((count) => count > 0);
    if (from < 0) return { from: 0, width: 0, counts: [] };
    const to = counts.findLastIndex((count) => count > 0);
    return { from: from * width, width, counts: counts.slice(from, to + 1) };
  }

  /** Returns the intervals of a latent that hold something, from strong to weak. */
  quantilesOf(latent: number, max: number): ExploredLatent["quantiles"] {
    const width = this.#tops[latent] / INTERVALS;
    const quantiles: ExploredLatent["quantiles"][number][] = [];
    for (let interval = INTERVALS - 1; interval >= 0; interval--) {
      const examples = [];
      for (let n = 0; n < this.#per; n++) {
        const slot = (latent * INTERVALS + interval) * this.#per + n;
        if (this.#slots.values[slot] > 0) examples.push(this.#slots.get(slot));
      }
      if (examples.length === 0) continue;
      examples.sort((a, b) => b.value - a.value || a.row - b.row);
      const to = Math.min(1, (interval + 1) * width / max);
      quantiles.push({ from: interval * width / max, to, examples });
    }
    return quantiles;
  }
}
