/** The pool shares phases between threads, and reports threads that fail. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Pool, type SharedPhase } from "../../wasm/threads/pool.ts";
import { compileToyModule } from "./toy_module.ts";

const SCRATCH = 1024, STRIDE = 128, FIRST = 65536, SECOND = 131072, ITEMS = 4001;

const toy = await compileToyModule();
const memory = new Uint32Array(toy.memory.buffer);

function phase(name: string, items: number, piece: number, ...args: number[]): SharedPhase {
  const call = toy.exports[name], index = toy.names.indexOf(name);
  return { call, index, items, piece, pieces: Math.ceil(items / piece), args: [0, 0, 0, ...args] };
}

function startPool(threads: number, mostSilence?: number): Promise<Pool> {
  memory.fill(0);
  return Pool.start(threads, toy.module, toy.memory, toy.names, mostSilence);
}

Deno.test("every item of a phase is visited once, whatever the pieces", async () => {
  for (const threads of [2, 3]) {
    using pool = await startPool(threads);
    const cells = memory.subarray(FIRST / 4, FIRST / 4 + ITEMS + 1);
    for (const piece of [1, 4, 7, 100, 2000, 4000, 4001, 5000]) {
      if (ITEMS / piece > 1023) continue;
      for (let time = 0; time < 20; time++) {
        cells.fill(0);
        pool.run(phase("visit", ITEMS, piece, FIRST), SCRATCH, STRIDE);
        assert(cells.subarray(0, ITEMS).every((value, i) => value === i + 1), `pieces of ${piece}`);
        assertEquals(cells[ITEMS], 0);
      }
    }
  }
});

Deno.test("phases in a row give the bits of one thread", async () => {
  const bits = (run: (p: SharedPhase) => void) => {
    memory.fill(0);
    run(phase("sum", 300, 7, FIRST, 0.37));
    for (let time = 0; time < 200; time++) {
      run(phase("neighbours", 300, 11, SECOND, FIRST, 300));
      run(phase("neighbours", 300, 64, FIRST, SECOND, 300));
    }
    return memory.slice(FIRST / 4, FIRST / 4 + 300);
  };
  const alone = bits(({ call, items, args }) => call(0, items, SCRATCH, ...args.slice(3)));
  assert(new Set(alone).size > 100);
  for (const threads of [2, 3, 5]) {
    using pool = await startPool(threads);
    assertEquals(bits((p) => pool.run(p, SCRATCH, STRIDE)), alone);
  }
});

Deno.test("each thread has its own scratch and takes part", async () => {
  using pool = await startPool(2);
  const calls = () => [memory[SCRATCH / 4], memory[(SCRATCH + STRIDE) / 4]];
  for (let time = 0; time < 1e6 && Math.min(...calls()) < 100; time++) {
    pool.run(phase("visit", 64, 1, FIRST), SCRATCH, STRIDE);
    assertEquals((calls()[0] + calls()[1]) % 64, 0);
  }
  assert(Math.min(...calls()) >= 100, `${calls()}`);
});

Deno.test("threads that were idle answer the roll and work again", async () => {
  using pool = await startPool(3);
  for (let time = 0; time < 20; time++) {
    pool.callRoll();
    pool.awaitAnswers();
    pool.run(phase("visit", 100, 1, FIRST), SCRATCH, STRIDE);
    await new Promise((resolve) => setTimeout(resolve, time % 4));
  }
  assertEquals(memory[FIRST / 4 + 99], 20 * 100);
});

Deno.test("the error of a trap names the thread, and no piece begins after a trap of the caller", async () => {
  {
    using pool = await startPool(2);
    const trap = phase("trap", 2, 1, SCRATCH);
    const { message } = assertThrows(() => {
      // On a busy machine the caller sometimes computes every piece.
      for (let time = 0; time < 1000; time++) pool.run(trap, SCRATCH, STRIDE);
    }, Error);
    assertMatch(message, /^thread 1 of 2 failed: RuntimeError: unreachable/);
  }
  {
    using pool = await startPool(2);
    const trap = phase("trap", 1000, 1, SCRATCH + STRIDE);
    const { message } = assertThrows(() => pool.run(trap, SCRATCH, STRIDE), Error);
    assertMatch(message, /^thread 0 of 2 failed: RuntimeError: unreachable/);
  }
});

Deno.test("a thread that hangs is given up after a while", async () => {
  using pool = await startPool(2, 300);
  const hang = phase("hang", 2, 1, SCRATCH);
  const begin = performance.now();
  const { message } = assertThrows(() => {
    for (let time = 0; time < 1000; time++) pool.run(hang, SCRATCH, STRIDE);
  }, Error);
  assertMatch(message, /^thread 1 of 2 does not answer while it holds a piece/);
  assert(performance.now() - begin < 30_000);
  pool.callRoll();
  const { message: silent } = assertThrows(() => pool.awaitAnswers(), Error);
  assertMatch(silent, /^thread 1 of 2 does not answer/);
});
