/**
 * The script that every thread but the calling one runs.
 *
 * `wasm/build.ts` embeds it as text in `wasm/generated/worker.ts`, because a worker must start from a bundle,
 * from JSR and in a browser, where no file of its own can be relied on. It never returns to the event
 * loop: work comes through the control block.
 *
 * @module
 */
import {
  ANSWERS,
  ARGUMENT_COUNT,
  ARGUMENTS,
  BELL,
  CALLER_SLEEPS,
  CLAIM,
  EXPORT,
  FAILED,
  FINISHED,
  ITEMS,
  MESSAGE,
  MESSAGE_LENGTH,
  MOST_PIECES,
  NEWS,
  PIECE,
  PIECE_BITS,
  PIECES,
  ROLL,
  SCRATCH,
  SCRATCH_STRIDE,
  SLEEPERS,
  SPIN_MS,
  STOP,
  type WorkerStart,
} from "./control.ts";
import { pauseFunction } from "./pause.ts";

type Export = (...args: number[]) => void;

/** A thread that claims pieces of phases until it is stopped. */
class PieceWorker {
  readonly #thread: number;
  readonly #functions: readonly Export[];
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #message: Uint16Array;
  readonly #pause = pauseFunction();
  /** An argument list for each number of arguments, reused so that calls allocate nothing. */
  readonly #lists: number[][] = [];

  constructor({ module, memory, control, thread, names }: WorkerStart) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#functions = names.map((name) => exports[name] as Export);
    this.#thread = thread;
    this.#words = new Int32Array(control);
    this.#numbers = new Float64Array(control);
    this.#message = new Uint16Array(control, 4 * (MESSAGE + 1), MESSAGE_LENGTH);
  }

  /** Serves the control block until the pool is stopped. */
  serve(): void {
    let bell = 0;
    while (Atomics.load(this.#words, STOP) === 0) {
      const rung = Atomics.load(this.#words, BELL);
      if (rung === bell) {
        this.#waitForBell(bell);
        continue;
      }
      bell = rung;
      this.#answerRoll();
      this.#takePieces();
    }
  }

  #waitForBell(seen: number): void {
    const words = this.#words, end = performance.now() + SPIN_MS;
    do {
      for (let i = 0; i < 32; i++) {
        if (Atomics.load(words, BELL) !== seen) return;
        this.#pause();
      }
    } while (performance.now() < end);
    Atomics.store(words, SLEEPERS, 1);
    Atomics.wait(words, BELL, seen);
  }

  #answerRoll(): void {
    const words = this.#words, own = ANSWERS + this.#thread, roll = Atomics.load(words, ROLL);
    if (Atomics.load(words, own) === roll) return;
    Atomics.store(words, own, roll);
    this.#tellCaller();
  }

  /**
   * Claims and computes pieces until none is left. A phase is read before a piece of it is claimed: the
   * claim succeeds only if CLAIM has not changed since, so the phase is still the one that was read.
   */
  #takePieces(): void {
    const words = this.#words, numbers = this.#numbers;
    let phase = -1, finished = 0;
    let call = this.#functions[0], list: number[] = [];
    let items = 0, piece = 0, pieces = 0;
    for (;;) {
      const claim = Atomics.load(words, CLAIM), left = claim & MOST_PIECES;
      if (left === 0) break;
      if (claim >>> PIECE_BITS !== phase) {
        phase = claim >>> PIECE_BITS;
        call = this.#functions[words[EXPORT]];
        items = numbers[ITEMS];
        piece = numbers[PIECE];
        pieces = numbers[PIECES];
        list = this.#readArguments();
      }
      if (Atomics.compareExchange(words, CLAIM, claim, claim - 1) !== claim) continue;
      list[0] = (pieces - left) * piece;
      list[1] = Math.min(list[0] + piece, items);
      try {
        call.apply(null, list);
      } catch (error) {
        this.#fail(error);
      }
      finished++;
    }
    if (finished === 0) return;
    Atomics.add(words, FINISHED, finished);
    this.#tellCaller();
  }

  /** Returns the phase's argument list; from and to are set for each piece. */
  #readArguments(): number[] {
    const numbers = this.#numbers, count = this.#words[ARGUMENT_COUNT];
    // Filled with a fraction, so that the engine stores float64 from the start.
    const list = this.#lists[count] ??= new Array(count + 3).fill(0.5);
    list[2] = numbers[SCRATCH] + this.#thread * numbers[SCRATCH_STRIDE];
    for (let i = 0; i < count; i++) list[i + 3] = numbers[ARGUMENTS + i];
    return list;
  }

  #fail(error: unknown): void {
    const words = this.#words;
    if (Atomics.load(words, FAILED) !== 0) return;
    const text = String(error).slice(0, MESSAGE_LENGTH);
    for (let i = 0; i < text.length; i++) this.#message[i] = text.charCodeAt(i);
    words[MESSAGE] = text.length;
    Atomics.store(words, FAILED, this.#thread);
  }

  #tellCaller(): void {
    const words = this.#words;
    if (Atomics.load(words, CALLER_SLEEPS) === 0) return;
    Atomics.add(words, NEWS, 1);
    Atomics.notify(words, NEWS);
  }
}

/** The ends of the channel to the calling thread that this script uses. */
interface Port {
  once(event: "message", listener: (start: WorkerStart) => void): void;
  postMessage(message: "ready"): void;
}

interface WorkerGlobals {
  onmessage?: ((event: { data: WorkerStart }) => void) | null;
  postMessage?(message: "ready"): void;
  process?: {
    getBuiltinModule?(name: "node:worker_threads"): { parentPort: Port | null } | undefined;
  };
}

/** Waits for the start message, answers it and serves. */
function listen(globals: WorkerGlobals): void {
  const start = (message: WorkerStart, ready: () => void) => {
    const worker = new PieceWorker(message);
    ready();
    worker.serve();
  };
  const port = globals.process?.getBuiltinModule?.("node:worker_threads")?.parentPort;
  if (port) port.once("message", (message) => start(message, () => port.postMessage("ready")));
  else globals.onmessage = ({ data }) => start(data, () => globals.postMessage?.("ready"));
}

listen(globalThis as WorkerGlobals);
