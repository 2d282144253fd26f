/** Workers of a backend that a test can end or silence. */

import { assert } from "@std/assert";
import { WasmBackend } from "../../wasm/backend.ts";
import { STOP, type WorkerStart } from "../../wasm/threads/control.ts";

/** A word of the control block that is otherwise unused: the number of the thread that must fall silent. */
export const SILENT = 63;

export interface WatchedWorker {
  control?: SharedArrayBuffer;
  postMessage(start: WorkerStart): void;
  terminate(): unknown;
}

/** Returns the worker's script, which is minified, with a loop that ends when its thread must fall silent. */
function withSilence(source: string): string {
  const [running, words] =
    new RegExp(`Atomics\\.load\\((this\\.#\\w+),${STOP}\\)===0`).exec(source) ?? [];
  const [, parameter] = /\bthread:(\w+)/.exec(source) ?? [];
  const [, thread] = new RegExp(`(this\\.#\\w+)=${parameter}\\b`).exec(source) ?? [];
  assert(running && thread, "the worker's loop is not found");
  return source.replace(running, `Atomics.load(${words}, ${SILENT}) !== ${thread} && ${running}`);
}

/** Starts a backend and returns it with its workers, in the order in which they start. */
export async function createWithWorkers(threads: number): Promise<[WasmBackend, WatchedWorker[]]> {
  const { process } = globalThis as unknown as {
    process: {
      getBuiltinModule(name: string): {
        Worker: new (source: string, options: unknown) => WatchedWorker;
      };
    };
  };
  const module = process.getBuiltinModule("node:worker_threads"), { Worker } = module;
  const workers: WatchedWorker[] = [];
  module.Worker = class extends Worker {
    override control?: SharedArrayBuffer;
    constructor(source: string, options: unknown) {
      super(withSilence(source), options);
      workers.push(this);
    }
    override postMessage(start: WorkerStart): void {
      this.control = start.control;
      super.postMessage(start);
    }
  };
  try {
    return [await WasmBackend.create({ threads }), workers];
  } finally {
    module.Worker = Worker;
  }
}
