/** Times work on a device from outside: many submits at a time, since waiting takes milliseconds. */

/** What can be waited for. */
export interface Waits {
  idle(): Promise<void>;
}

/** Times runs of something that is submitted. */
export class Stopwatch {
  readonly #device: Waits;
  readonly #leastSeconds: number;
  readonly #latency: number;
  /** Runs in a batch, by what is run. */
  readonly #runs = new Map<() => void, number>();

  private constructor(device: Waits, leastSeconds: number, latency: number) {
    this.#device = device;
    this.#leastSeconds = leastSeconds;
    this.#latency = latency;
  }

  /** Measures what waiting for an idle device takes; it is taken off every batch. */
  static async start(device: Waits, leastSeconds: number): Promise<Stopwatch> {
    const times: number[] = [];
    for (let time = 0; time < 7; time++) {
      const start = performance.now();
      await device.idle();
      times.push((performance.now() - start) / 1e3);
    }
    return new Stopwatch(device, leastSeconds, times.sort((a, b) => a - b)[3]);
  }

  /** Seconds of one run that ends with waiting, without the waiting. */
  async secondsOfWaiting(run: () => void | Promise<void>): Promise<number> {
    await this.#device.idle();
    const start = performance.now();
    await run();
    return Math.max((performance.now() - start) / 1e3 - this.#latency, 1e-9);
  }

  /** Seconds per run of what is asynchronous but does not wait for the device each time. */
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

  /** Seconds per run, over a batch that takes `leastSeconds` or more. */
  async seconds(submit: () => void): Promise<number> {
    let runs = this.#runs.get(submit) ?? 1;
    while (true) {
      await this.#device.idle();
      const start = performance.now();
      for (let run = 0; run < runs; run++) submit();
      await this.#device.idle();
      const elapsed = (performance.now() - start) / 1e3;
      // Also downwards: the rates lengthen one dispatch a thousandfold while they look for a good length.
      const enough = Math.max(1, Math.ceil(runs * this.#leastSeconds / elapsed));
      this.#runs.set(submit, Math.min(runs, enough));
      if (elapsed >= this.#leastSeconds) return Math.max(elapsed - this.#latency, 1e-9) / runs;
      runs = Math.ceil(runs * Math.min(10, 1.2 * this.#leastSeconds / elapsed + 1));
    }
  }
}
