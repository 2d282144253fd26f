/** Searches for the largest autoencoder that an isolate can serve. */

import type { Storage } from "../../tests/examples/edge/stored_sae.ts";
import { isolateBytes, type IsolateMemory } from "../../tests/runtimes/setup/isolate.ts";
import { ISOLATE_BYTES } from "../../tests/runtimes/setup/workerd.ts";
import { storedSubject, watchIsolate } from "./measuring.ts";
import type { Largest } from "./results.ts";

/** How a search goes. */
export interface SearchOptions {
  readonly inputSize: number;
  readonly requests: number;
  readonly concurrency: number;
  /** Numbers of latents are multiples of this one. */
  readonly step: number;
  /** A number of latents that surely does not fit. */
  readonly most: number;
  /** Where files are written. */
  readonly folder: string;
}

/** Bisects the number of latents. Throws if not even `step` latents fit. */
export async function largestThatFits(
  storage: Storage,
  { inputSize, requests, concurrency, step, most, folder }: SearchOptions,
): Promise<Largest> {
  let fits: { latentCount: number; isolate: IsolateMemory } | undefined;
  let failed: Largest["failed"] = { latentCount: most };
  while (failed.latentCount - (fits?.latentCount ?? 0) > step) {
    const middle = ((fits?.latentCount ?? 0) + failed.latentCount) / 2;
    const latentCount = Math.floor(middle / step) * step;
    const isolate = await tried({ storage, inputSize, latentCount, seed: 1 });
    const bytes = isolate && isolateBytes(isolate);
    if (isolate && isolateBytes(isolate) <= ISOLATE_BYTES) fits = { latentCount, isolate };
    else failed = { latentCount, bytes };
    console.log(`${storage} ${latentCount} × ${inputSize}: ${bytes ?? "fails"} bytes`);
  }
  if (!fits) throw new Error(`Cannot serve ${step} latents in ${storage}`);
  return { storage, inputSize, requests, concurrency, ...fits, failed };

  /** Returns the memory at the peak; undefined if the service fails. */
  async function tried(sae: Parameters<typeof storedSubject>[0]) {
    const subject = await storedSubject(sae, folder);
    try {
      return (await watchIsolate(subject, { requests, concurrency })).most;
    } catch (error) {
      console.log(`${storage} ${sae.latentCount} × ${inputSize}: ${(error as Error).message}`);
      return undefined;
    } finally {
      await Deno.remove(subject.file as string);
    }
  }
}
