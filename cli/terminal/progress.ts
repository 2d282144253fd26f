/**
 * How far a long command has come, on stderr: a bar on a terminal, lines elsewhere.
 *
 * @module
 */
import process from "node:process";
import { Presets, SingleBar } from "cli-progress";
import { duration } from "./text.ts";

/** After the first, a line comes after this share of the work, but neither more often nor more seldom. */
const LINE_SHARE = 0.05, LINE_SECONDS_LEAST = 1, LINE_SECONDS_MOST = 10;

/** Rows per second and the time left of a piece of work. */
export class Progress implements Disposable {
  readonly #label: string;
  readonly #total: number;
  readonly #rowsPerUnit: number;
  readonly #begun: number;
  readonly #start = performance.now();
  readonly #bar?: SingleBar;
  #figures = "";
  #lineAt: { done: number; seconds: number };

  /** `total` units of work, such as steps, of so many rows each; `begun` of them were done before. */
  constructor(label: string, total: number, rowsPerUnit: number, begun = 0) {
    this.#label = label;
    this.#total = total;
    this.#rowsPerUnit = rowsPerUnit;
    this.#begun = begun;
    this.#lineAt = { done: begun, seconds: 0 };
    if (!Deno.stderr.isTerminal()) return;
    this.#bar = new SingleBar({
      format: `${label} {bar} {value}/{total}{figures}`,
      stream: process.stderr,
      barsize: 20,
      hideCursor: true,
      gracefulExit: false, // signals belong to the command
    }, Presets.shades_classic);
    this.#bar.start(total, begun, { figures: "" });
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Says that so many units are done, with new figures if there are any. */
  advance(done: number, figures?: string): void {
    if (figures !== undefined) this.#figures = figures;
    const { seconds } = this;
    if (this.#bar) {
      this.#bar.update(done, { figures: this.#text(done, seconds, this.#figures) });
      return;
    }
    const since = seconds - this.#lineAt.seconds;
    const share = (done - this.#lineAt.done) / this.#total;
    // A line does not repeat old figures, so it rather waits a while for new ones.
    const ready = figures !== undefined || this.#figures === "";
    const due = since >= LINE_SECONDS_MOST ||
      ready && since >= LINE_SECONDS_LEAST && share >= LINE_SHARE;
    if (!due && this.#lineAt.done > this.#begun && done < this.#total) return;
    this.#lineAt = { done, seconds };
    console.error(`${this.#label} ${done}/${this.#total}${this.#text(done, seconds, figures)}`);
  }

  #text(done: number, seconds: number, figures?: string): string {
    const rate = Math.round((done - this.#begun) * this.#rowsPerUnit / seconds).toLocaleString(
      "en-US",
    );
    const left = seconds / (done - this.#begun) * (this.#total - done);
    return `${figures ? `  ${figures}` : ""}  ${rate} rows/s  ` +
      (done < this.#total ? `${duration(left)} left` : `${duration(seconds)} in all`);
  }

  /** Leaves the terminal as it was. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
