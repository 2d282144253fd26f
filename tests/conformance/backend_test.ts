/** What every backend owes besides its kernels: memory, order, copies, branches, errors. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { adam } from "../../kernels/adam.ts";
import { centre } from "../../kernels/centre.ts";
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import type { Backend, DType, Recorder, Tensor } from "../../kernels/kernel.ts";
import { backends } from "./backends.ts";

/** Makes tensors of given values, and disposes them. */
class Tensors extends DisposableStack {
  constructor(readonly backend: Backend) {
    super();
  }

  make(data: number[], shape: readonly number[] = [data.length], dtype: DType = "f32"): Tensor {
    const tensor = this.use(this.backend.tensor(dtype, shape));
    this.backend.write(tensor, data);
    return tensor;
  }

  async run(body: (r: Recorder) => void): Promise<void> {
    using program = await this.backend.record(body);
    this.backend.submit(program);
    await this.backend.idle();
  }

  async read(tensor: Tensor): Promise<number[]> {
    return Array.from(await this.backend.read(tensor));
  }
}

/** A test on every backend, each of its own, which must be left without a tensor. */
function test(sentence: string, body: (t: Tensors, backend: Backend) => Promise<void>): void {
  for (const { name, create } of backends) {
    Deno.test(`${name}: ${sentence}`, async () => {
      using backend = await create();
      const before = backend.allocatedBytes;
      {
        using tensors = new Tensors(backend);
        await body(tensors, backend);
      }
      assertEquals(backend.allocatedBytes, before);
    });
  }
}

test("a backend says what it is", (_, backend) => {
  assertMatch(backend.name, /^[a-z]+$/);
  assert(backend.description.length > 0);
  return Promise.resolve();
});

test("a new tensor is filled with zeros, also where others were", async (t, backend) => {
  for (const dtype of ["f32", "u32"] as const) {
    const zeros = Array(37).fill(0);
    for (let time = 0; time < 3; time++) {
      using tensor = backend.tensor(dtype, [37]);
      assertEquals(await t.read(tensor), zeros);
      backend.write(tensor, Array(37).fill(7));
    }
  }
});

test("read() gives what write() took, bit for bit", async (t, backend) => {
  const floats = [1.5, -0, 2 ** -126, 3.4028234663852886e38, Infinity, -Infinity, NaN];
  const values = await backend.read(t.make(floats));
  values.forEach((value, e) => assert(Object.is(value, floats[e]), `${value} ≠ ${floats[e]}`));
  const whole = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
  const read = await backend.read(t.make(whole, [5], "u32"));
  assertInstanceOf(read, Uint32Array);
  assertEquals(Array.from(read), whole);
});

test("write() takes typed arrays and plain ones", async (t, backend) => {
  const tensor = t.make([0, 0], [2]);
  for (
    const data of [[1, 2], Float32Array.of(3, 4), Float64Array.of(5, 6), Uint8Array.of(7, 8)]
  ) {
    backend.write(tensor, data);
    assertEquals(await t.read(tensor), Array.from(data));
  }
});

test("what read() gave does not change with the tensor", async (t, backend) => {
  const tensor = t.make([1, 2]);
  const before = await backend.read(tensor);
  backend.write(tensor, [3, 4]);
  await backend.idle();
  assertEquals(Array.from(before), [1, 2]);
});

test("write(), submit() and read() happen in the order of the calls", async (t, backend) => {
  const from = t.make([1]);
  const first = t.make([0]);
  const second = t.make([0]);
  using toFirst = await backend.record((r) => r.copy(from, first));
  using toSecond = await backend.record((r) => r.copy(from, second));
  backend.submit(toFirst);
  backend.write(from, [2]);
  backend.submit(toSecond);
  const reading = backend.read(second);
  backend.write(from, [3]);
  backend.submit(toSecond);
  assertEquals(Array.from(await reading), [2]);
  assertEquals(await t.read(first), [1]);
  assertEquals(await t.read(second), [3]);
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

test("copy() to a view leaves the rest alone", async (t, backend) => {
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

test("disposing a view leaves its tensor alone", async (t, backend) => {
  const base = t.make([1, 2, 3]);
  backend.view(base, [2])[Symbol.dispose]();
  assertEquals(await t.read(base), [1, 2, 3]);
});

test("allocatedBytes counts living tensors, each once", (_, backend) => {
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

test(
  "the commands of a program see each other's results, time after time",
  async (t, backend) => {
    const input = t.make([1, 2, 3, 4], [2, 2]);
    const bias = t.make([1, 2]);
    const centred = t.make([0, 0, 0, 0], [2, 2]);
    using program = await backend.record((r) => {
      r.run(centre, { input, decoderBias: bias, centred }, {});
      r.copy(centred, input);
      r.run(centre, { input, decoderBias: bias, centred }, {});
    });
    assertEquals(program.length, 3);
    backend.submit(program);
    assertEquals(await t.read(centred), [-1, -2, 1, 0]);
    backend.submit(program);
    assertEquals(await t.read(centred), [-2, -4, 0, -2]);
  },
);

test(
  "branch() takes the side of the flag as it is when the branch is reached",
  async (t, backend) => {
    const flag = t.make([0], [1], "u32");
    const newFlag = t.make([0], [1], "u32");
    const input = t.make([5], [1, 1]);
    const bias = t.make([1]);
    const zero = t.make([0], [1, 1]);
    const nonzero = t.make([0], [1, 1]);
    const after = t.make([0], [1, 1]);
    using program = await backend.record((r) => {
      r.copy(newFlag, flag);
      r.branch(
        flag,
        (r) => r.run(centre, { input, decoderBias: bias, centred: zero }, {}),
        (r) => {
          r.run(centre, { input, decoderBias: bias, centred: nonzero }, {});
          r.copy(nonzero, input);
        },
      );
      r.copy(input, after);
    });
    assertEquals(program.length, 3);
    const outcome = async (value: number) => {
      backend.write(newFlag, [value]);
      for (const tensor of [zero, nonzero, after]) backend.write(tensor, [0]);
      backend.write(input, [5]);
      backend.submit(program);
      return [...await t.read(zero), ...await t.read(nonzero), ...await t.read(after)];
    };
    assertEquals(await outcome(0), [4, 0, 5]);
    assertEquals(await outcome(1), [0, 4, 4]);
    assertEquals(await outcome(0xffffffff), [0, 4, 4]);
    assertEquals(await outcome(0), [4, 0, 5]);
  },
);

test("branch() may make the tensors of a side while it records it, once", async (t, backend) => {
  const flag = t.make([0], [1], "u32");
  const input = t.make([3, 5], [1, 2]);
  const bias = t.make([1, 1]);
  const output = t.make([0, 0], [1, 2]);
  let made = 0;
  const side = (times: number) => (r: Recorder) => {
    made++;
    const scratch = t.use(backend.tensor("f32", [1, 2]));
    r.copy(input, scratch);
    for (let time = 0; time < times; time++) {
      r.run(centre, { input: scratch, decoderBias: bias, centred: output }, {});
      r.copy(output, scratch);
    }
  };
  using program = await backend.record((r) => r.branch(flag, side(1), side(2)));
  for (const [value, expected] of [[0, [2, 4]], [1, [1, 3]], [1, [1, 3]], [0, [2, 4]]] as const) {
    backend.write(flag, [value]);
    backend.submit(program);
    assertEquals(await t.read(output), [...expected]);
  }
  assertEquals(made, 2);
});

test("two recordings of the same commands give the same bits", async (t) => {
  const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  const outcomes = [];
  for (let time = 0; time < 2; time++) {
    const parameter = t.make(values);
    const operands = {
      parameter,
      gradient: t.make(values),
      firstMoment: t.make(values),
      secondMoment: t.make(values.map(Math.abs)),
      norm: t.make([3]),
      controls: t.make([0.1, 0.5, 0.25]),
    };
    const constants = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, maxNorm: 1 };
    await t.run((r) => r.run(adam, operands, constants));
    outcomes.push(await t.read(parameter));
  }
  assertEquals(outcomes[0], outcomes[1]);
});

test("run() names an operand that does not fit", async (t, backend) => {
  const input = t.make([1, 2, 3, 4, 5, 6], [2, 3]);
  const decoderBias = t.make([1, 2, 3]);
  const centred = t.make([0, 0, 0, 0, 0, 0], [2, 3]);
  const right = { input, decoderBias, centred };
  const whole = t.make([0, 0, 0], [3], "u32");
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ input, centred }, TypeError, "decoderBias is missing"],
    [{ ...right, bias: decoderBias }, TypeError, "it has no operand bias"],
    [{ ...right, decoderBias: whole }, TypeError, "decoderBias is u32 but must be f32"],
    [{ ...right, centred: input }, RangeError, "input and centred are the same tensor"],
    [{ ...right, decoderBias: t.make([1, 2]) }, RangeError, "d is 2 in decoderBias[2] but 3"],
    [{ ...right, centred: t.make([1, 2, 3]) }, RangeError, "centred[3] must be centred[B,d]"],
  ];
  for (const [operands, error, message] of wrong) {
    const record = () => backend.record((r) => r.run(centre, operands as typeof right, {}));
    const { message: text } = await assertRejects(record, error, message);
    assertMatch(text, /^Cannot run centre: /);
  }
});

test("run() checks sizes that are numbers and sizes that are one more", async (t, backend) => {
  const two = () => t.make([1, 2]);
  const constants = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, maxNorm: 1 };
  await assertRejects(
    () =>
      backend.record((r) =>
        r.run(adam, {
          parameter: two(),
          gradient: two(),
          firstMoment: two(),
          secondMoment: two(),
          norm: t.make([1]),
          controls: two(),
        }, constants)
      ),
    RangeError,
    "Cannot run adam: axis 0 of controls[2] must be 3",
  );
  // Rows start at rowOffsets[0 … B], latents at latentOffsets[0 … N]: here K disagrees.
  await assertRejects(
    () =>
      backend.record((r) =>
        r.run(codesByLatent, {
          rowOffsets: t.make([0, 1, 2], [3], "u32"),
          indices: t.make([0, 1], [2], "u32"),
          values: two(),
          latentOffsets: t.make([0, 0, 0, 0], [4], "u32"),
          latentRows: t.make([0, 0, 0], [3], "u32"),
          latentValues: two(),
        }, {})
      ),
    RangeError,
    "K is 3 in latentRows[3] but 2 in indices[2]",
  );
});

test("copy() refuses tensors that differ in kind or size", async (t, backend) => {
  const three = t.make([1, 2, 3]);
  for (const other of [t.make([1, 2]), t.make([1, 2, 3], [3], "u32")]) {
    const record = () => backend.record((r) => r.copy(three, other));
    const { message } = await assertRejects(record, RangeError, "Cannot copy");
    assertMatch(message, /3.*(2|u32)/);
  }
});

test("write() refuses data of another length", (t, backend) => {
  const tensor = t.make([1, 2, 3, 4], [2, 2]);
  for (const data of [[1, 2, 3], [1, 2, 3, 4, 5], []]) {
    const { message } = assertThrows(
      () => backend.write(tensor, data),
      RangeError,
      "Cannot write",
    );
    assertMatch(message, new RegExp(`4.*${data.length}`));
  }
  return Promise.resolve();
});

test("tensor() and view() refuse shapes that are not", (t, backend) => {
  for (const shape of [[0], [2, 0], [-1], [1.5], [NaN], [2 ** 30, 2 ** 30]]) {
    assertThrows(() => backend.tensor("f32", shape), RangeError, "Cannot make a tensor");
  }
  const base = t.make([1, 2, 3]);
  for (const shape of [[4], [2, 2], [0]]) {
    assertThrows(() => backend.view(base, shape), RangeError, "Cannot view a tensor");
  }
  return Promise.resolve();
});

test("a disposed tensor cannot be used", async (_, backend) => {
  const tensor = backend.tensor("f32", [3]);
  tensor[Symbol.dispose]();
  assertThrows(() => backend.write(tensor, [1, 2, 3]), TypeError, "disposed");
  assertThrows(() => backend.view(tensor, [3]), TypeError, "disposed");
  await assertRejects(() => backend.read(tensor), TypeError, "disposed");
});
