/**
 * Starts workers: with `node:worker_threads` where it exists (Node, Deno, Bun), else as web workers.
 *
 * Deno has both. Its web workers keep the process alive until they are terminated, while workers of
 * `node:worker_threads` can be unreferenced. Neither needs a permission there.
 *
 * @module
 */
import type { WorkerStart } from "./control.ts";
import { workerScript } from "../generated/worker.ts";

/** A running worker. */
export interface PoolWorker {
  /** Ends it. It must have been told to stop before, because a runtime may wait seconds for a busy worker. */
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

/** How long a worker may take to start; one that dies silently before it is ready is noticed then. */
const MOST_START_MS = 30_000;

/** Uses `process.getBuiltinModule`, because browsers and bundlers refuse an `import` of `node:` modules. */
function nodeWorkerClass(): NodeWorkerClass | undefined {
  const { process } = globalThis as unknown as {
    process?: { getBuiltinModule?: (name: string) => { Worker: NodeWorkerClass } | undefined };
  };
  return process?.getBuiltinModule?.("node:worker_threads")?.Worker;
}

/** Returns what this runtime lacks for threads, in words, or undefined if it lacks nothing. */
export function missingForThreads(): string | undefined {
  const { crossOriginIsolated, SharedArrayBuffer, Worker } = globalThis;
  if (SharedArrayBuffer === undefined || crossOriginIsolated === false && !nodeWorkerClass()) {
    return "there is no shared memory (a page must be cross-origin isolated)";
  }
  return nodeWorkerClass() ?? Worker ? undefined : "there are no workers";
}

/**
 * Starts a worker and waits until it is ready.
 *
 * @param onEnd Called if the worker ends later, by itself or because it was terminated.
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
