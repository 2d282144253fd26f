/** The arena, and the backend when memory runs out. */

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { centre } from "../../kernels/centre.ts";
import { encode } from "../../kernels/encode.ts";
import { totalVariance } from "../../kernels/total_variance.ts";
import { Random } from "../../src/base/random.ts";
import { WasmBackend } from "../../wasm/backend.ts";
import { Arena } from "../../wasm/arena.ts";

const PAGE = 65536, BASE = 1000;

function newArena(most?: number, maximum = 1024, shared = false): Arena {
  return new Arena(new WebAssembly.Memory({ initial: 1, maximum, shared }), BASE, most);
}

Deno.test("blocks are aligned, never overlap, and keep their contents", () => {
  for (const shared of [false, true]) {
    const arena = newArena(undefined, 1024, shared), random = Random.fromSeed(7);
    const living: { start: number; words: number; mark: number }[] = [];
    for (let time = 1; time <= 3000; time++) {
      if (random.uniform() < 0.55) {
        const words = 1 + Math.floor(random.uniform() ** 4 * 5000);
        const start = arena.allocate(4 * words, "a test");
        assertEquals(start % 64, 0);
        assert(start >= BASE);
        arena.u32.fill(time, start / 4, start / 4 + words);
        living.push({ start, words, mark: time });
      } else if (living.length > 0) {
        const [{ start, words, mark }] = living.splice(
          Math.floor(random.uniform() * living.length),
          1,
        );
        const found = arena.u32.subarray(start / 4, start / 4 + words);
        assert(found.every((word) => word === mark), `block ${mark} was overwritten`);
        arena.free(start);
      }
      const rounded = living.map(({ words }) => Math.ceil(words / 16) * 64);
      assertEquals(arena.allocatedBytes, rounded.reduce((a, b) => a + b, 0));
    }
    for (const { start } of living) arena.free(start);
    assertEquals(arena.allocatedBytes, 0);
  }
});

Deno.test("freed neighbours are merged in any order", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2]]) {
    const arena = newArena();
    const blocks = [100, 200, 300].map((bytes) => arena.allocate(bytes, "a test"));
    const guard = arena.allocate(64, "a test");
    for (const block of order) arena.free(blocks[block]);
    assertEquals(arena.allocate(128 + 256 + 320, "a test"), blocks[0]);
    arena.free(guard);
    arena.free(guard);
    assertEquals(arena.allocatedBytes, 704);
  }
});

Deno.test("a large memory grows by little more than it must", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const arena = new Arena(memory, BASE);
  let needed = BASE;
  for (const mebibytes of [50, 0.01, 5, 0.01, 20]) {
    arena.allocate(mebibytes * 2 ** 20, "a test");
    needed += mebibytes * 2 ** 20;
    const spare = memory.buffer.byteLength - needed;
    assert(spare >= 0 && spare < 4 * 2 ** 20 + PAGE, `${spare} bytes are to spare`);
  }
});

Deno.test("views taken after growth see the whole memory", () => {
  const arena = newArena();
  const first = arena.allocate(64, "a test"), before = arena.f32;
  before[first / 4] = 1.5;
  const second = arena.allocate(10 * PAGE, "a test");
  assert(arena.f32.length > before.length);
  assertEquals(arena.f32[first / 4], 1.5);
  arena.u32[second / 4 + 10 * PAGE / 4 - 1] = 7;
});

Deno.test("a block that does not fit is an error that names its size and the largest that would fit", () => {
  const arena = newArena(8 * PAGE);
  const big = arena.allocate(3 * PAGE, "a test"), start = arena.allocate(4 * PAGE, "a test");
  const bytes = arena.allocatedBytes, left = 8 * PAGE - (start + 4 * PAGE);
  const { message } = assertThrows(() => arena.allocate(PAGE, "a tensor f32[16384]"), RangeError);
  assertEquals(
    message,
    `Cannot allocate 65536 bytes for a tensor f32[16384]: ${bytes} of 524288 bytes are in use and ` +
      `at most ${left} in one piece would fit`,
  );
  assertEquals(arena.allocatedBytes, bytes);
  arena.free(big);
  assertThrows(() => arena.allocate(4 * PAGE, "a test"), RangeError, `at most ${3 * PAGE} in one`);
  arena.allocate(3 * PAGE, "a test");
  arena.allocate(left, "a test");
});

Deno.test("the error distinguishes a machine that refuses memory from a limit", () => {
  const arena = newArena(undefined, 2);
  arena.allocate(PAGE, "a test");
  const { message } = assertThrows(() => arena.allocate(PAGE, "a test"), RangeError);
  assertMatch(message, /of 131072 bytes .* \(the machine refused to give more\)$/);
  // The memory that the machine does give is used.
  arena.allocate(PAGE / 2, "a test");
});

for (const threads of [1, 2]) {
  const create = (pages: number) => WasmBackend.create({ threads, mostBytes: pages * PAGE });

  Deno.test(`${threads} threads: a failed allocation leaves the backend as it was`, async () => {
    using backend = await create(40);
    using kept = backend.tensor("f32", [PAGE]);
    const before = backend.allocatedBytes;
    assertThrows(
      () => backend.tensor("f32", [10 * PAGE]),
      RangeError,
      `Cannot allocate 2621440 bytes for a tensor f32[${10 * PAGE}]`,
    );
    assertEquals(backend.allocatedBytes, before);
    backend.write(kept, new Float32Array(PAGE).fill(3));
    assertEquals((await backend.read(kept))[PAGE - 1], 3);
  });

  Deno.test(`${threads} threads: a recording that does not fit frees everything`, async () => {
    using backend = await create(20);
    const d = 2000, B = 120;
    using input = backend.tensor("f32", [B, d]);
    using sum = backend.tensor("f32", [1]);
    using bias = backend.tensor("f32", [d]);
    using centred = backend.tensor("f32", [1, d]);
    using row = backend.tensor("f32", [1, d]);
    using small = await backend.record((r) =>
      r.run(centre, { input: row, decoderBias: bias, centred }, {})
    );
    const before = backend.allocatedBytes;
    const error = await assertRejects(
      () =>
        backend.record((r) => {
          for (;;) r.run(totalVariance, { input, totalVariance: sum }, {});
        }),
      RangeError,
    );
    assertMatch(
      (error as Error).message,
      /^Cannot allocate \d+ bytes for a kernel's temporaries: /,
    );
    assertEquals(backend.allocatedBytes, before);
    backend.write(row, new Float32Array(d).fill(2));
    backend.submit(small);
    assertEquals((await backend.read(centred))[d - 1], 2);
  });
}

Deno.test("scratch that cannot grow keeps its size", async () => {
  using backend = await WasmBackend.create({ mostBytes: 16 * PAGE });
  const B = 3, d = 40, N = 64;
  using stack = new DisposableStack();
  const make = (...shape: number[]) => stack.use(backend.tensor("f32", shape));
  const input = make(B, d), total = make(1);
  backend.write(input, Float32Array.from({ length: B * d }, (_, i) => Math.floor(i / d)));
  using small = await backend.record((r) =>
    r.run(totalVariance, { input, totalVariance: total }, {})
  );
  const operands = {
    input,
    encoder: make(N, d),
    encoderBias: make(N),
    threshold: make(N),
    activations: make(B, N),
  };
  await assertRejects(
    () => backend.record((r) => r.run(encode, operands, { activation: "relu" })),
    RangeError,
    "bytes for the threads' scratch",
  );
  backend.submit(small);
  // Each of d columns holds 0, 1, 2: a variance of 2/3.
  const [variance] = await backend.read(total);
  assert(Math.abs(variance - d * 2 / B) < 1e-4, `${variance}`);
});

Deno.test("disposed tensors and those of another backend are rejected by name", async () => {
  const backend = await WasmBackend.create();
  using other = await WasmBackend.create();
  const tensor = backend.tensor("f32", [3]), copy = backend.tensor("f32", [3]);
  const program = await backend.record((r) => r.copy(tensor, copy));
  assertThrows(() => other.submit(program), TypeError, "it belongs to another backend");
  assertThrows(() => other.write(tensor, [1, 2, 3]), TypeError, "it belongs to another backend");
  await assertRejects(
    () => other.record((r) => r.copy(tensor, copy)),
    TypeError,
    "it belongs to another backend",
  );
  tensor[Symbol.dispose]();
  assertThrows(() => backend.submit(program), TypeError, "Cannot use a tensor [3]: it is disposed");
  program[Symbol.dispose]();
  program[Symbol.dispose]();
  assertThrows(() => backend.submit(program), TypeError, "Cannot submit a program: it is disposed");
  backend[Symbol.dispose]();
  backend[Symbol.dispose]();
  assertThrows(() => backend.tensor("f32", [1]), TypeError, "the backend is disposed");
  assertThrows(() => backend.write(copy, [1, 2, 3]), TypeError, "the backend is disposed");
  assertThrows(() => backend.submit(program), TypeError, "the backend is disposed");
  await assertRejects(() => backend.read(copy), TypeError, "the backend is disposed");
  await assertRejects(() => backend.record(() => {}), TypeError, "the backend is disposed");
  copy[Symbol.dispose]();
  copy[Symbol.dispose]();
  assertEquals(backend.allocatedBytes, 0);
});
