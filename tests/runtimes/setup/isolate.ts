/** Measures what an isolate of workerd holds, through its inspector and the system's list of mappings. */
import type { RunningService } from "./service.ts";

/** Bytes of an isolate: what a platform counts against its limit. */
export interface IsolateMemory {
  /** Pages of V8's heap. */
  readonly heap: number;
  /** Contents of array buffers, garbage included, but for WebAssembly. */
  readonly buffers: number;
  /** The memory of WebAssembly. */
  readonly wasm: number;
}

/** Returns the sum. */
export function isolateBytes({ heap, buffers, wasm }: IsolateMemory): number {
  return heap + buffers + wasm;
}

/** Addresses that V8 reserves for a memory of WebAssembly. */
const RESERVATION = 2 ** 32;

/** Watches an isolate. */
export class IsolateMeter implements Disposable {
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: HeapUsage) => void>();
  #calls = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #most: IsolateMemory = { heap: 0, buffers: 0, wasm: 0 };

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const { id, result } = JSON.parse(data);
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    };
  }

  /** Connects to the inspector of a Worker. */
  static async open(service: RunningService): Promise<IsolateMeter> {
    const port = /"event":"listen-inspector","port":(\d+)/.exec(service.log())?.[1];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/main`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`Cannot watch the isolate: port ${port} refuses`));
    });
    return new IsolateMeter(service.pid, socket);
  }

  /** Measures now. Waits until the isolate is between two tasks. */
  async now(): Promise<IsolateMemory> {
    const { promise, resolve } = Promise.withResolvers<HeapUsage>();
    const id = ++this.#calls;
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method: "Runtime.getHeapUsage" }));
    const { totalSize, backingStorageSize } = await promise;
    const wasm = wasmBytes(await Deno.readTextFile(`/proc/${this.#pid}/maps`));
    const memory = { heap: totalSize, buffers: backingStorageSize, wasm };
    if (isolateBytes(memory) > isolateBytes(this.#most)) this.#most = memory;
    return memory;
  }

  /** Measures again and again from now on. */
  watch(everyMs: number): void {
    this.#timer = setInterval(() => this.now().catch(() => clearInterval(this.#timer)), everyMs);
  }

  /** Forgets the measurements so far. */
  reset(): void {
    this.#most = { heap: 0, buffers: 0, wasm: 0 };
  }

  /** The largest of all measurements so far. */
  get most(): IsolateMemory {
    return this.#most;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}

interface HeapUsage {
  readonly totalSize: number;
  readonly backingStorageSize: number;
}

/**
 * Returns the bytes of all memories of WebAssembly in a list of mappings, as `/proc/PID/maps` has it. V8 reserves 4 GiB
 * of addresses for each, of which those beyond the memory cannot be accessed. Its heap has such a reservation, too, but
 * that begins at a multiple of 4 GiB.
 */
export function wasmBytes(maps: string): number {
  let bytes = 0;
  for (const [, from, to] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) ---p/gm)) {
    const end = parseInt(to, 16);
    const inaccessible = end - parseInt(from, 16);
    if (inaccessible >= RESERVATION / 2 && end % RESERVATION !== 0) {
      bytes += RESERVATION - inaccessible;
    }
  }
  return bytes;
}
