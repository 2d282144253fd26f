/** A worker on one backend, which trains one run after another. */

import type { BackendChoice, Command, Report } from "./protocol.ts";
import type { Settings } from "./settings.ts";

/** The worker's script as text, because a page opened from a file may not load a worker from a file. */
declare const WORKER_SOURCE: string;

/** Controls the worker. */
export class Session {
  readonly #worker: Worker;
  readonly #address: string;

  /** Starts the worker, opens the backend and prepares a run; `listen` receives the reports. */
  constructor(
    backend: BackendChoice,
    settings: Settings,
    run: number,
    listen: (report: Report) => void,
  ) {
    const script = new Blob([WORKER_SOURCE], { type: "text/javascript" });
    this.#address = URL.createObjectURL(script);
    this.#worker = new Worker(this.#address, { name: `training on ${backend}` });
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => listen(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      listen({ type: "failed", message: event.message || "the worker could not be started" });
    };
    this.send({ type: "open", backend, settings, run });
  }

  /** Sends a command, which the worker obeys after its current slice of steps. */
  send(command: Command): void {
    this.#worker.postMessage(command);
  }

  /** Terminates the worker. */
  close(): void {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#address);
  }
}
