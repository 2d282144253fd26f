/**
 * What the other threads run, as text: a worker must start from a bundle, from JSR and in a browser,
 * where no file of its own can be relied on.
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
  MESSAGE,
  MESSAGE_LENGTH,
  MOST_PIECES,
  NEWS,
  ROLL,
  SIZES,
  SLEEPERS,
  SPIN_MS,
  STOP,
} from "./control.ts";

/** What a worker is sent, once. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** 1, 2, …: the calling thread is 0. */
  readonly thread: number;
  /** Names of exports; phases name them by index. */
  readonly names: readonly string[];
}

/**
 * A script that defines `serve({module, …})`, which returns when the pool is stopped. It never returns to
 * the event loop in between: work comes through the control block.
 */
export const workerSource: string = `"use strict";
function serve({ module, memory, control, thread, names }, ready) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = names.map((name) => exports[name]);
  const words = new Int32Array(control), numbers = new Float64Array(control);
  const message = new Uint16Array(control, ${4 * (MESSAGE + 1)}, ${MESSAGE_LENGTH});
  const pause = Atomics.pause ? () => Atomics.pause() : () => {};
  const lists = [];
  ready();

  function tellCaller() {
    if (Atomics.load(words, ${CALLER_SLEEPS}) === 0) return;
    Atomics.add(words, ${NEWS}, 1);
    Atomics.notify(words, ${NEWS});
  }

  function fail(error) {
    if (Atomics.load(words, ${FAILED}) !== 0) return;
    const text = String(error).slice(0, ${MESSAGE_LENGTH});
    for (let i = 0; i < text.length; i++) message[i] = text.charCodeAt(i);
    words[${MESSAGE}] = text.length;
    Atomics.store(words, ${FAILED}, thread);
  }

  // The phase is read before a piece is claimed. The claim succeeds only if CLAIM has not changed since, so
  // not all pieces were claimed, so what was read is still that phase.
  function takePieces() {
    let phase = -1, finished = 0, run, list, items, piece, pieces;
    for (;;) {
      const claim = Atomics.load(words, ${CLAIM}), left = claim & ${MOST_PIECES};
      if (left === 0) break;
      if (claim >>> 10 !== phase) {
        phase = claim >>> 10;
        run = functions[words[${EXPORT}]];
        items = numbers[${SIZES}], piece = numbers[${SIZES + 1}], pieces = numbers[${SIZES + 2}];
        const count = words[${ARGUMENT_COUNT}];
        list = lists[count] ??= new Array(count + 3).fill(0.5);
        list[2] = numbers[${SIZES + 3}] + thread * numbers[${SIZES + 4}];
        for (let i = 0; i < count; i++) list[i + 3] = numbers[${ARGUMENTS} + i];
      }
      if (Atomics.compareExchange(words, ${CLAIM}, claim, claim - 1) !== claim) continue;
      list[0] = (pieces - left) * piece;
      list[1] = Math.min(list[0] + piece, items);
      try {
        run.apply(null, list);
      } catch (error) {
        fail(error);
      }
      finished++;
    }
    if (finished === 0) return;
    Atomics.add(words, ${FINISHED}, finished);
    tellCaller();
  }

  function waitForBell(seen) {
    const end = performance.now() + ${SPIN_MS};
    do {
      for (let i = 0; i < 32; i++) {
        if (Atomics.load(words, ${BELL}) !== seen) return;
        pause();
      }
    } while (performance.now() < end);
    Atomics.store(words, ${SLEEPERS}, 1);
    Atomics.wait(words, ${BELL}, seen);
  }

  let bell = 0;
  while (Atomics.load(words, ${STOP}) === 0) {
    const rung = Atomics.load(words, ${BELL});
    if (rung === bell) {
      waitForBell(bell);
      continue;
    }
    bell = rung;
    const roll = Atomics.load(words, ${ROLL});
    if (Atomics.load(words, ${ANSWERS} + thread) !== roll) {
      Atomics.store(words, ${ANSWERS} + thread, roll);
      tellCaller();
    }
    takePieces();
  }
}
`;
