/** One run in a worker of its own: ended by ending the worker, whatever it is at. */

import type { BackendChoice, Report } from "./protocol.ts";

/** The worker's script: as text, since a page opened from a file may not load a worker from one. */
declare const WORKER_SOURCE: string;

export class Session {
  readonly #worker: Worker;
  readonly #address: string;

  /** Starts the worker and opens the backend; `listen` hears all that comes of it. */
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

  /** Starts or goes on. */
  start(): void {
    this.#worker.postMessage({ type: "start" });
  }

  /** Stops after the step at hand. */
  pause(): void {
    this.#worker.postMessage({ type: "pause" });
  }

  /** Ends the worker. */
  close(): void {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#address);
  }
}
