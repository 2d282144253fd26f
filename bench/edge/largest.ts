/** Searches for the largest autoencoder that an isolate can serve. */

import type { Environment } from "../../tests/examples/edge/running.ts";
import type { Storage, StoredSae } from "../../tests/examples/edge/stored_sae.ts";
import { isolateBytes, type IsolateMemory } from "../../tests/runtimes/setup/isolate.ts";
import { ISOLATE_BYTES } from "../../tests/runtimes/setup/workerd.ts";
import { storedSubject, watchIsolate } from "./measuring.ts";
import type { Largest } from "./results.ts";

/** How a search goes. */
export interface SearchOptions {
  readonly inputSize: number;
  readonly requests: number;
  readonly concurrency: number;
  /** Numbers of latents between which the largest is expected: multiples of `step`. */
  readonly between: readonly [least: number, most: number];
  readonly step: number;
  /** Where files are written. */
  readonly folder: string;
}

/** The settings with which an encoder takes least memory: in int8 it is its own screen. */
export function leanSettings(storage: Storage): Environment {
  return storage === "int8" ? {} : { SCREENING: "off" };
}

/** Bisects the number of latents; goes down if not even the least fits. Throws if nothing does. */
export async function largestThatFits(
  storage: Storage,
  { inputSize, requests, concurrency, between: [least, most], step, folder }: SearchOptions,
): Promise<Largest> {
  let fits: { latentCount: number; isolate: IsolateMemory } | undefined;
  let failed: Largest["failed"];
  let lowest = least;
  while (!fits || (failed?.latentCount ?? most + step) - fits.latentCount > step) {
    const end = failed?.latentCount ?? most + step;
    const steps = fits ? (end - fits.latentCount) / step : 0;
    const latentCount = fits ? fits.latentCount + Math.floor(steps / 2) * step : lowest;
    if (latentCount < step) throw new Error(`Cannot serve ${step} latents in ${storage}`);
    const isolate = await tried({ storage, inputSize, latentCount, seed: 1 });
    const bytes = isolate && isolateBytes(isolate);
    if (isolate && isolateBytes(isolate) <= ISOLATE_BYTES) fits = { latentCount, isolate };
    else {
      failed = { latentCount, bytes };
      lowest = latentCount - 4 * step;
    }
  }
  return { storage, inputSize, requests, concurrency, ...fits, failed };

  /** Returns the memory at the peak; undefined if the service fails. */
  async function tried(sae: StoredSae): Promise<IsolateMemory | undefined> {
    const subject = await storedSubject(sae, folder, leanSettings(storage));
    const name = `${storage} ${sae.latentCount} × ${inputSize}`;
    try {
      const { most } = await watchIsolate(subject, { requests, concurrency });
      console.log(`${name}: ${(isolateBytes(most) / 2 ** 20).toFixed(1)} MiB`);
      return most;
    } catch (error) {
      console.log(`${name}: ${(error as Error).message}`);
      return undefined;
    } finally {
      await Deno.remove(subject.file as string);
    }
  }
}
