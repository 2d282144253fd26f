/** Programs on every backend: the order of commands, branches, and repeatable results. */

import { assertEquals } from "@std/assert";
import { adam } from "../../kernels/adam.ts";
import { centre } from "../../kernels/centre.ts";
import type { Recorder } from "../../kernels/kernel.ts";
import { test } from "./on_every_backend.ts";

test("write(), submit() and read() take effect in the order of the calls", async (t, backend) => {
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

test(
  "each command of a program sees the results of the ones before, at every submission",
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
  "branch() reads its flag when the branch is reached",
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

test(
  "a side of branch() may make its tensors while it is recorded, which happens once",
  async (t, backend) => {
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
  },
);

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
