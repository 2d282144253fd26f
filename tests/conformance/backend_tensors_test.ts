/** Tensors on every backend: their values, views, copies and memory. */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { test } from "./on_every_backend.ts";

test("a backend has a name and a description", (_, backend) => {
  assertMatch(backend.name, /^[a-z]+$/);
  assert(backend.description.length > 0);
  return Promise.resolve();
});

test(
  "a new tensor is filled with zeros, also in memory that was used before",
  async (t, backend) => {
    for (const dtype of ["f32", "u32"] as const) {
      const zeros = Array(37).fill(0);
      for (let time = 0; time < 3; time++) {
        using tensor = backend.tensor(dtype, [37]);
        assertEquals(await t.read(tensor), zeros);
        backend.write(tensor, Array(37).fill(7));
      }
    }
  },
);

test("read() returns the bits that write() stored", async (t, backend) => {
  const floats = [1.5, -0, 2 ** -126, 3.4028234663852886e38, Infinity, -Infinity, NaN];
  const values = await backend.read(t.make(floats));
  values.forEach((value, e) => assert(Object.is(value, floats[e]), `${value} ≠ ${floats[e]}`));
  const whole = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
  const read = await backend.read(t.make(whole, [5], "u32"));
  assertInstanceOf(read, Uint32Array);
  assertEquals(Array.from(read), whole);
});

test("write() accepts typed and plain arrays", async (t, backend) => {
  const tensor = t.make([0, 0], [2]);
  for (
    const data of [[1, 2], Float32Array.of(3, 4), Float64Array.of(5, 6), Uint8Array.of(7, 8)]
  ) {
    backend.write(tensor, data);
    assertEquals(await t.read(tensor), Array.from(data));
  }
});

test("the result of read() does not change when the tensor does", async (t, backend) => {
  const tensor = t.make([1, 2]);
  const before = await backend.read(tensor);
  backend.write(tensor, [3, 4]);
  await backend.idle();
  assertEquals(Array.from(before), [1, 2]);
});

test("copy() copies all elements, whatever the shapes", async (t) => {
  for (const dtype of ["f32", "u32"] as const) {
    const from = t.make([1, 2, 3, 4, 5, 6], [2, 3], dtype);
    const to = t.make([0, 0, 0, 0, 0, 0], [6], dtype);
    await t.run((r) => r.copy(from, to));
    assertEquals(await t.read(to), [1, 2, 3, 4, 5, 6]);
    assertEquals(await t.read(from), [1, 2, 3, 4, 5, 6]);
  }
});

test("copy() to a view leaves the rest of its tensor unchanged", async (t, backend) => {
  const base = t.make([9, 9, 9, 9, 9]);
  const from = t.make([1, 2, 3]);
  const view = t.use(backend.view(base, [3]));
  await t.run((r) => r.copy(from, view));
  assertEquals(await t.read(base), [1, 2, 3, 9, 9]);
});

test("a view shares the memory of its tensor, and of views of it", async (t, backend) => {
  const base = t.make([1, 2, 3, 4, 5, 6, 7], [7]);
  const bytes = backend.allocatedBytes;
  const view = t.use(backend.view(base, [2, 3]));
  const inner = t.use(backend.view(view, [2]));
  assertEquals(backend.allocatedBytes, bytes);
  assertEquals(view.shape, [2, 3]);
  assertEquals(view.dtype, "f32");
  assertEquals(await t.read(view), [1, 2, 3, 4, 5, 6]);
  backend.write(base, [10, 20, 30, 40, 50, 60, 70]);
  assertEquals(await t.read(view), [10, 20, 30, 40, 50, 60]);
  backend.write(view, [1, 1, 1, 1, 1, 1]);
  backend.write(inner, [2, 2]);
  assertEquals(await t.read(base), [2, 2, 1, 1, 1, 1, 70]);
});

test("disposing a view keeps its tensor", async (t, backend) => {
  const base = t.make([1, 2, 3]);
  backend.view(base, [2])[Symbol.dispose]();
  assertEquals(await t.read(base), [1, 2, 3]);
});

test("allocatedBytes counts each tensor once, until it is disposed", (_, backend) => {
  const before = backend.allocatedBytes;
  const small = backend.tensor("f32", [4]);
  const large = backend.tensor("u32", [100, 30]);
  const both = backend.allocatedBytes;
  assert(both - before >= 4 * 4 + 4 * 3000, `${both - before}`);
  large[Symbol.dispose]();
  const one = backend.allocatedBytes;
  assert(one < both && one - before >= 4 * 4);
  large[Symbol.dispose]();
  assertEquals(backend.allocatedBytes, one);
  small[Symbol.dispose]();
  assertEquals(backend.allocatedBytes, before);
  return Promise.resolve();
});
