/** One run in a worker of its own. Ending the run terminates the worker. */

import type { BackendChoice, Report } from "./protocol.ts";

/** The worker's script as text, because a page opened from a file may not load a worker from a file. */
declare const WORKER_SOURCE: string;

/** Controls one run. */
export class Session {
  readonly #worker: Worker;
  readonly #address: string;

  /** Starts the worker and opens the backend; `listen` receives its reports. */
  constructor(backend: BackendChoice, listen: (report: Report) => void) {
    const script = new Blob([WORKER_SOURCE], { type: "text/javascript" });
    this.#address = URL.createObjectURL(script);
    this.#worker = new Worker(this.#address, { name: `training on ${backend}` });
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => listen(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      listen({ type: "failed", message: event.message || "the worker could not be started" });
    };
    this.#worker.postMessage({ type: "open", backend });
  }

  /** Starts or continues training. */
  start(): void {
    this.#worker.postMessage({ type: "start" });
  }

  /** Pauses after the current slice of steps. */
  pause(): void {
    this.#worker.postMessage({ type: "pause" });
  }

  /** Terminates the worker. */
  close(): void {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#address);
  }
}
