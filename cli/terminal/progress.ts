/**
 * Shows the progress of a long command on stderr: a bar on a terminal, lines elsewhere.
 *
 * @module
 */
import process from "node:process";
import { Presets, SingleBar } from "cli-progress";
import { isSilent } from "../ranks/silence.ts";
import { duration } from "./text.ts";

/** A line is due after this share of the work. */
const LINE_SHARE = 0.05;
/** The least and the most seconds between two lines. */
const LINE_SECONDS_LEAST = 1, LINE_SECONDS_MOST = 10;

/** Shows rows per second and the time left. */
export class Progress implements Disposable {
  readonly #label: string;
  readonly #total: number;
  readonly #rowsPerUnit: number;
  readonly #begun: number;
  readonly #start = performance.now();
  readonly #bar?: SingleBar;
  #metrics = "";
  #lineAt: { done: number; seconds: number };

  /**
   * Starts the clock.
   *
   * @param total Units of work, such as steps, of `rowsPerUnit` rows each.
   * @param begun Units that were done earlier, before a run was resumed.
   */
  constructor(label: string, total: number, rowsPerUnit: number, begun = 0) {
    this.#label = label;
    this.#total = total;
    this.#rowsPerUnit = rowsPerUnit;
    this.#begun = begun;
    this.#lineAt = { done: begun, seconds: 0 };
    if (!process.stderr.isTTY || isSilent()) return;
    this.#bar = new SingleBar({
      format: `${label} {bar} {value}/{total}{metrics}`,
      stream: process.stderr,
      barsize: 20,
      hideCursor: true,
      gracefulExit: false, // the command itself handles signals
    }, Presets.shades_classic);
    this.#bar.start(total, begun, { metrics: "" });
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Shows that `done` units are done, with new metrics if there are any. */
  advance(done: number, metrics?: string): void {
    if (metrics !== undefined) this.#metrics = metrics;
    const { seconds } = this;
    if (this.#bar) {
      this.#bar.update(done, { metrics: this.#text(done, seconds, this.#metrics) });
      return;
    }
    const since = seconds - this.#lineAt.seconds;
    const share = (done - this.#lineAt.done) / this.#total;
    // A line does not repeat old metrics: it waits for new ones, up to LINE_SECONDS_MOST.
    const ready = metrics !== undefined || this.#metrics === "";
    const due = since >= LINE_SECONDS_MOST ||
      ready && since >= LINE_SECONDS_LEAST && share >= LINE_SHARE;
    if (!due && this.#lineAt.done > this.#begun && done < this.#total) return;
    this.#lineAt = { done, seconds };
    console.error(`${this.#label} ${done}/${this.#total}${this.#text(done, seconds, metrics)}`);
  }

  #text(done: number, seconds: number, metrics?: string): string {
    const rate = Math.round((done - this.#begun) * this.#rowsPerUnit / seconds).toLocaleString(
      "en-US",
    );
    const left = seconds / (done - this.#begun) * (this.#total - done);
    return `${metrics ? `  ${metrics}` : ""}  ${rate} rows/s  ` +
      (done < this.#total ? `${duration(left)} left` : `${duration(seconds)} in all`);
  }

  /** Restores the cursor of the terminal. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
