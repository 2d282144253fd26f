/** Runs training: the worker, the state of the run, and what the page shows of it. */

import type { Announcer } from "./announcer.ts";
import { element } from "./element.ts";
import { count } from "./format.ts";
import type { BackendChoice, Pieces, Report, Snapshot, WebGpuSupport } from "./protocol.ts";
import { Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import { differenceShows } from "./verdict.ts";
import { story, Views } from "./views.ts";
import { STEPS } from "./world.ts";

/** Milliseconds between two drawings: more with reduced motion. */
const DRAW_EVERY = matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 400;

/** What the page does for a run. */
export interface Surroundings {
  readonly announcer: Announcer;
  offerWebGpu(support: WebGpuSupport): void;
  /** Shows that training has stopped, and why. */
  showFailure(message: string): void;
  /** Takes what the worker has explored, or why it could not. */
  takeExplored(pieces: Pieces): void;
  showUnexplored(message: string): void;
}

/** One run after another, on one backend at a time. */
export class Run {
  readonly #page: Surroundings;
  #session: Session | undefined;
  #settings: Settings;
  #views: Views | undefined;
  #number = 0;
  #wanted = true;
  #backend = "";
  #latest: Snapshot | undefined;
  #shownAt: Snapshot | undefined;
  #drawing: ReturnType<typeof setTimeout> | undefined;

  /** Prepares for a run, and shows nothing yet. */
  constructor(settings: Settings, page: Surroundings) {
    this.#settings = settings;
    this.#page = page;
  }

  /** The last snapshot of this run. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  /** What the page says of the last snapshot. */
  get story(): ReturnType<typeof story> | undefined {
    return this.#latest && story(this.#latest, this.#settings, this.#shownAt);
  }

  /** Whether training is wanted, which the reader decides. */
  get wanted(): boolean {
    return this.#wanted;
  }

  get #finished(): boolean {
    return this.#latest !== undefined && this.#latest.step >= this.#latest.steps;
  }

  /** Opens a backend in a new worker and starts over, at once if `start` is true. */
  open(backend: BackendChoice, start: boolean): void {
    this.#session?.close();
    this.#backend = "";
    this.#begin(start);
    this.#session = new Session(backend, this.#settings, this.#number, (r) => this.#listen(r));
    if (start) this.#session.send({ type: "start" });
  }

  /** Starts over on the same backend, at once if `start` is true. Returns false if there is none. */
  restart(settings: Settings, start: boolean): boolean {
    this.#settings = settings;
    if (!this.#session) return false;
    this.#begin(start);
    this.#session.send({ type: "restart", settings, run: this.#number });
    this.#session.send({ type: start ? "start" : "pause" });
    return true;
  }

  /** Goes on with other settings. A run that has ended goes on, too. */
  tune(settings: Settings): void {
    this.#settings = settings;
    this.#session?.send({ type: "tune", settings });
    if (!this.#finished || !this.#session) return;
    this.#wanted = true;
    this.#session.send({ type: "start" });
    this.#showProgress();
  }

  /** Explores what the Matryoshka SAE has learnt by now. Returns false if there is no backend. */
  explore(): boolean {
    this.#session?.send({ type: "explore" });
    return this.#session !== undefined;
  }

  /** Pauses, goes on, or starts a finished run again. Returns false if there is no backend. */
  toggle(): boolean {
    if (!this.#session) return false;
    if (this.#finished) return this.restart(this.#settings, true);
    this.#wanted = !this.#wanted;
    this.#session.send({ type: this.#wanted ? "start" : "pause" });
    this.#showProgress();
    return true;
  }

  /** Ends the worker after an error. */
  stop(): void {
    this.#session?.close();
    this.#session = undefined;
    this.#wanted = false;
    element("toggle").textContent = "Start";
    element("progress-text").textContent = "Stopped by an error";
  }

  #begin(start: boolean): void {
    clearTimeout(this.#drawing);
    this.#number++;
    this.#wanted = start;
    this.#drawing = undefined;
    this.#latest = undefined;
    this.#shownAt = undefined;
    this.#views = new Views(this.#settings);
    element("headline").textContent = start ? "Training begins …" : "Press Start to train both.";
    element("detail").textContent = "No latent represents a feature yet.";
    this.#showProgress();
  }

  #listen(report: Report): void {
    switch (report.type) {
      case "support":
        return this.#page.offerWebGpu(report.webgpu);
      case "ready":
        this.#backend = report.backend;
        return this.#showProgress();
      case "snapshot":
        // A snapshot of an earlier run may have been under way.
        return report.run === this.#number ? this.#take(report.snapshot) : undefined;
      case "explored":
        return this.#page.takeExplored(report.pieces);
      case "unexplored":
        return this.#page.showUnexplored(report.message);
      case "failed":
        return this.#page.showFailure(report.message);
    }
  }

  #take(snapshot: Snapshot): void {
    this.#latest = snapshot;
    this.#views!.add(snapshot);
    const news = !this.#shownAt && differenceShows(snapshot);
    if (news) this.#shownAt = snapshot;
    const { key, headline, text } = this.story!;
    if (this.#finished) {
      this.#page.announcer.say(`Finished after ${count(snapshot.step)} steps. ${headline}`);
    } else this.#page.announcer.tell(key, `Step ${count(snapshot.step)}. ${headline} ${text}`);
    this.#showProgress();
    if (news || this.#finished) this.#draw();
    else this.#drawing ??= setTimeout(() => this.#draw(), DRAW_EVERY);
  }

  /** Shows the latest snapshot. */
  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (!this.#latest) return;
    const { text, when = "" } = this.story!;
    this.#views!.draw(this.#latest, `${text} ${when}`);
  }

  #showProgress(): void {
    const { step = 0, steps = STEPS, seconds = 0 } = this.#latest ?? {};
    const state = this.#finished
      ? "finished"
      : this.#wanted
      ? "training"
      : step
      ? "paused"
      : "not started";
    element("toggle").textContent = this.#finished
      ? "Start again"
      : this.#wanted
      ? "Pause"
      : "Start";
    const progress = element<HTMLProgressElement>("progress");
    progress.max = steps;
    progress.value = step;
    const speed = seconds ? ` · ${count(step / seconds)} steps/s` : "";
    element("progress-text").textContent = this.#backend
      ? `${count(step)} of ${count(steps)} steps${speed} · ${this.#backend}, ${state}`
      : "Opening the backend …";
  }
}
