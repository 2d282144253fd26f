/**
 * Starts workers: `node:worker_threads` where there is one (Node, Deno, Bun), else a web worker.
 *
 * Deno has both, and its web workers keep the process alive until they are terminated; the others can
 * be unreferenced. Neither needs a permission there.
 *
 * @module
 */
import type { WorkerStart } from "./control.ts";
import { workerScript } from "./generated/worker.ts";

/** A worker that serves the control block. */
export interface PoolWorker {
  /** Ends it. It must have been told to stop: an engine may wait seconds for a busy worker. */
  terminate(): void;
}

interface NodeWorker {
  once(event: string, listener: (value: unknown) => void): void;
  removeAllListeners(event: string): void;
  postMessage(message: WorkerStart): void;
  terminate(): unknown;
  unref(): void;
}

type NodeWorkerClass = new (source: string, options: { eval: true }) => NodeWorker;

/** A worker that dies without a word before it is ready is noticed after this long. */
const MOST_START_MS = 30_000;

/** `process.getBuiltinModule`: no `import` of `node:` modules, which browsers and bundlers refuse. */
function nodeWorkerClass(): NodeWorkerClass | undefined {
  const { process } = globalThis as unknown as {
    process?: { getBuiltinModule?: (name: string) => { Worker: NodeWorkerClass } | undefined };
  };
  return process?.getBuiltinModule?.("node:worker_threads")?.Worker;
}

/** What is missing for threads here, in words; undefined if nothing is. */
export function whatThreadsLack(): string | undefined {
  const { crossOriginIsolated, SharedArrayBuffer, Worker } = globalThis;
  if (SharedArrayBuffer === undefined || crossOriginIsolated === false && !nodeWorkerClass()) {
    return "there is no shared memory (a page must be cross-origin isolated)";
  }
  return nodeWorkerClass() ?? Worker ? undefined : "there are no workers";
}

/**
 * Starts a worker and waits until it serves.
 *
 * @param onEnd Called if it ends later, by itself or because someone terminated it.
 */
export function startWorker(start: WorkerStart, onEnd: () => void): Promise<PoolWorker> {
  const Worker = nodeWorkerClass();
  return Worker ? startNodeWorker(Worker, start, onEnd) : startWebWorker(start, onEnd);
}

function startNodeWorker(
  Worker: NodeWorkerClass,
  start: WorkerStart,
  onEnd: () => void,
): Promise<PoolWorker> {
  const worker = new Worker(workerScript, { eval: true });
  return ready(start, worker, (resolve, reject) => {
    worker.once("message", () => {
      worker.unref();
      resolve();
    });
    worker.once("error", (error) => {
      onEnd();
      reject(error);
    });
    worker.once("exit", (code) => {
      onEnd();
      reject(new Error(`it exited with code ${code}`));
    });
  });
}

function startWebWorker(start: WorkerStart, onEnd: () => void): Promise<PoolWorker> {
  const url = URL.createObjectURL(new Blob([workerScript], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  return ready(start, worker, (resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault?.();
      onEnd();
      reject(new Error(event.message ?? "the browser refused it"));
    };
  }).finally(() => URL.revokeObjectURL(url));
}

/** Sends the start message and waits for an answer. */
async function ready<W extends PoolWorker & { postMessage(message: WorkerStart): void }>(
  start: WorkerStart,
  worker: W,
  listen: (resolve: () => void, reject: (error: unknown) => void) => void,
): Promise<W> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      listen(resolve, reject);
      timer = setTimeout(
        () => reject(new Error(`it did not start within ${MOST_START_MS / 1000} s`)),
        MOST_START_MS,
      );
      worker.postMessage(start);
    });
    return worker;
  } catch (error) {
    worker.terminate();
    throw new Error(
      `Cannot start thread ${start.thread}: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    clearTimeout(timer);
  }
}
