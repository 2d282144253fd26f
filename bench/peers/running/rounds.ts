/** Takes samples in turn, A B A B, with the machine's rates around each. */

import type { Participant } from "./participant.ts";
import type { Rates } from "../../harness/floors.ts";
import type { RateMeter } from "./rates.ts";

/** How many runs, if time allows. */
export interface Effort {
  readonly warmups: number;
  readonly samples: number;
  /** For each participant: a third of it for warming up, the rest for samples. */
  readonly seconds: number;
}

/** One timed run. */
export interface Sample {
  readonly round: number;
  readonly ms: number;
  readonly rates: Rates;
}

/** Runs that were too slow for `Effort.seconds` are repeated this often all the same. */
const FEWEST = 3;

/**
 * Warms everybody up, then one run of each per round until each has its samples. Whoever fails gets
 * the reason instead.
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

/** One run, with F before and after, W before and after, each averaged. */
async function sampleOf(
  participant: Participant,
  meter: RateMeter,
): Promise<Omit<Sample, "round">> {
  const { threads } = participant.entry;
  const bytesBefore = await meter.bytes(threads), flopsBefore = await meter.flops(threads);
  const [ms] = await participant.again(1, 0);
  const flopsAfter = await meter.flops(threads), bytesAfter = await meter.bytes(threads);
  const rates = {
    flops: (flopsBefore + flopsAfter) / 2,
    bytes: (bytesBefore + bytesAfter) / 2,
  };
  return { ms, rates };
}
