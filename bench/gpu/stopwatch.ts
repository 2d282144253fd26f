/** Times work on a device from the host: many submits at a time, since waiting takes milliseconds. */

import { median } from "../harness/statistics.ts";

/** A device whose queue can be awaited. */
export interface Waits {
  idle(): Promise<void>;
}

/** Times runs of submitted work. */
export class Stopwatch {
  readonly #device: Waits;
  readonly #leastSeconds: number;
  readonly #latency: number;
  /** Number of runs in a batch, for each submitted function. */
  readonly #runs = new Map<() => void, number>();

  private constructor(device: Waits, leastSeconds: number, latency: number) {
    this.#device = device;
    this.#leastSeconds = leastSeconds;
    this.#latency = latency;
  }

  /** Measures the latency of waiting for an idle device, which is subtracted from every batch. */
  static async start(device: Waits, leastSeconds: number): Promise<Stopwatch> {
    const times: number[] = [];
    for (let time = 0; time < 7; time++) {
      const start = performance.now();
      await device.idle();
      times.push((performance.now() - start) / 1e3);
    }
    return new Stopwatch(device, leastSeconds, median(times));
  }

  /** Returns the seconds of one run that waits for the device at its end, less that latency. */
  async secondsOfWaiting(run: () => void | Promise<void>): Promise<number> {
    await this.#device.idle();
    const start = performance.now();
    await run();
    return Math.max((performance.now() - start) / 1e3 - this.#latency, 1e-9);
  }

  /** Returns the seconds per run of asynchronous work that does not wait for the device each time. */
  async secondsOfMany(run: () => Promise<void>): Promise<number> {
    await this.#device.idle();
    const start = performance.now();
    let runs = 0;
    do {
      await run();
      runs++;
    } while (performance.now() - start < 1e3 * this.#leastSeconds);
    await this.#device.idle();
    return Math.max((performance.now() - start) / 1e3 - this.#latency, 1e-9) / runs;
  }

  /** Returns the seconds per run, over a batch that takes at least `leastSeconds`. */
  async seconds(submit: () => void): Promise<number> {
    let runs = this.#runs.get(submit) ?? 1;
    while (true) {
      await this.#device.idle();
      const start = performance.now();
      for (let run = 0; run < runs; run++) submit();
      await this.#device.idle();
      const elapsed = (performance.now() - start) / 1e3;
      // Batches shrink, too: while F is calibrated, one dispatch becomes a thousand times as long.
      const enough = Math.max(1, Math.ceil(runs * this.#leastSeconds / elapsed));
      this.#runs.set(submit, Math.min(runs, enough));
      if (elapsed >= this.#leastSeconds) return Math.max(elapsed - this.#latency, 1e-9) / runs;
      runs = Math.ceil(runs * Math.min(10, 1.2 * this.#leastSeconds / elapsed + 1));
    }
  }
}
