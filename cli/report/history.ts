/**
 * The figures of a run's steps, from its files. Whatever the run's length, few of them are kept.
 *
 * @module
 */
import type { PrefixMetrics, StepMetrics } from "../../mod.ts";
import { type Point, spaced, thinned } from "./thinning.ts";

/** Readings held before they are thinned, some 50 MB of them. */
const HELD = 40_000;
/** Curves of prefixes that one chart can tell apart. */
const PREFIX_CURVES = 8;

/** Figures of a step. What was not finite is NaN. */
export type Reading = StepMetrics;

/** One figure of the readings, as points. */
export const curve = (
  readings: readonly Reading[],
  of: (reading: Reading) => number | undefined,
): Point[] => readings.map((reading) => ({ step: reading.step, value: of(reading) ?? NaN }));

/** Which prefixes have curves: all, or eight evenly spaced with the shortest and the full one. */
export function prefixesWithCurves(readings: readonly Reading[]): number[] {
  return spaced([...readings[0]?.perPrefix.keys() ?? []], PREFIX_CURVES);
}

/** The readings in a metrics log, one in JSON per line. A last line without its end is left out. */
export async function readingsOfLines(
  lines: AsyncIterable<string>,
  name: string,
): Promise<Reading[]> {
  const history = new History();
  let number = 0, pending: string | undefined;
  const take = (line: string) => {
    number++;
    if (line.trim() === "") return;
    const reading = readingOf(line, `line ${number} of ${name}`);
    if (reading) history.add(reading);
  };
  for await (const line of lines) {
    if (pending !== undefined) take(pending);
    pending = line;
  }
  try {
    if (pending !== undefined) take(pending);
  } catch (error) {
    // A run that was killed may have stopped within a line.
    if (history.readings.length === 0) throw error;
  }
  return history.readings;
}

/** The readings in a record's `history`. */
export function readingsOfRecord(history: unknown, name: string): Reading[] {
  if (!Array.isArray(history)) {
    throw new TypeError(`Cannot read ${name}: its history must be a list but is ${typeof history}`);
  }
  const kept = new History();
  history.forEach((each, i) => kept.add(checked(each, `history ${i} of ${name}`)));
  return kept.readings;
}

class History {
  readings: Reading[] = [];

  add(reading: Reading): void {
    // A run that went on from a checkpoint took these steps again.
    while (this.readings.length > 0 && this.readings.at(-1)!.step >= reading.step) {
      this.readings.pop();
    }
    this.readings.push(reading);
    if (this.readings.length > HELD) this.#thin();
  }

  /** Keeps what any of the curves needs. */
  #thin(): void {
    const all = this.readings, steps = new Set<number>();
    const figures: ((reading: Reading) => number | undefined)[] = [
      ...(["loss", "l0", "sparsityScale", "learningRate", "gradientNorm", "deadLatents"] as const)
        .map((name) => (reading: Reading) => reading[name]),
      ...prefixesWithCurves(all).map((j) => (reading: Reading) => reading.perPrefix[j]?.fvu),
    ];
    for (const figure of figures) {
      for (const { step } of thinned(curve(all, figure))) steps.add(step);
    }
    this.readings = all.filter(({ step }) => steps.has(step));
  }
}

/** A line's reading; a log may have lines of other kinds, which have no `perPrefix`. */
function readingOf(line: string, name: string): Reading | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new TypeError(`Cannot read ${name}: ${(cause as Error).message}`, { cause });
  }
  const isReading = typeof value !== "object" || value === null || "perPrefix" in value;
  return isReading ? checked(value, name) : undefined;
}

function checked(value: unknown, name: string): Reading {
  const reading = value as Partial<Reading> | null;
  if (!Number.isSafeInteger(reading?.step) || !Array.isArray(reading?.perPrefix)) {
    throw new TypeError(`Cannot read ${name}: it must have a step and its perPrefix`);
  }
  const { step, loss, l0, sparsityScale, learningRate, gradientNorm, deadLatents } = reading;
  return {
    step: step!,
    loss: number(loss),
    l0: number(l0),
    sparsityScale: number(sparsityScale),
    learningRate: number(learningRate),
    gradientNorm: number(gradientNorm),
    deadLatents: number(deadLatents),
    perPrefix: reading.perPrefix.map((each: Partial<PrefixMetrics> | null) => ({
      prefix: number(each?.prefix),
      squaredError: number(each?.squaredError),
      fvu: number(each?.fvu),
      l0: number(each?.l0),
      deadLatents: number(each?.deadLatents),
    })),
  };
}

/** JSON has null for what is not finite. */
const number = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value : NaN;
