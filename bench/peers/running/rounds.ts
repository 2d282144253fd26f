/** Takes samples in turn, A B A B, with the machine's rates around each. */

import type { Participant } from "./participant.ts";
import type { Rates } from "../../harness/floors.ts";
import type { RateMeter } from "./rates.ts";

/** How much to measure. */
export interface Effort {
  /** Runs before the first sample, if the time allows. */
  readonly warmups: number;
  /** Timed runs, if the time allows. */
  readonly samples: number;
  /** Time for each participant: a third for warming up, the rest for samples. */
  readonly seconds: number;
}

/** One timed run. */
export interface Sample {
  readonly round: number;
  readonly ms: number;
  readonly rates: Rates;
}

/** Participants that are too slow for `Effort.seconds` still take this many samples. */
const FEWEST = 3;
/**
 * A run shorter than this is preceded by one that is not timed: measuring W has just emptied the
 * caches, and in real use one step follows another.
 */
const REFILLING_SECONDS = 1;

/**
 * Warms all participants up, then times one run of each per round until each has its samples. A
 * participant that fails gets its error instead.
 */
export async function takeSamples(
  participants: readonly Participant[],
  meter: RateMeter,
  { warmups, samples, seconds }: Effort,
): Promise<Map<Participant, Sample[] | Error>> {
  const taken = new Map<Participant, Sample[] | Error>();
  const left = new Map(participants.map((participant) => [participant, seconds * 2 / 3]));
  for (let round = -1; round < samples; round++) {
    for (const participant of participants) {
      const own = taken.get(participant) ?? [];
      if (own instanceof Error || (left.get(participant)! <= 0 && round >= FEWEST)) continue;
      taken.set(participant, own);
      try {
        if (round < 0) {
          await participant.again(warmups, seconds / 3);
          continue;
        }
        const sample = await sampleOf(participant, meter);
        left.set(participant, left.get(participant)! - sample.ms / 1000);
        own.push({ round, ...sample });
      } catch (error) {
        taken.set(participant, error as Error);
      }
    }
  }
  return taken;
}

/** Times one run, and averages F and W before and after it. */
async function sampleOf(
  participant: Participant,
  meter: RateMeter,
): Promise<Omit<Sample, "round">> {
  const { threads } = participant.entry;
  const bytesBefore = await meter.bytes(threads), flopsBefore = await meter.flops(threads);
  const ms = (await participant.again(2, REFILLING_SECONDS)).at(-1)!;
  const flopsAfter = await meter.flops(threads), bytesAfter = await meter.bytes(threads);
  const rates = {
    flops: (flopsBefore + flopsAfter) / 2,
    bytes: (bytesBefore + bytesAfter) / 2,
  };
  return { ms, rates };
}
