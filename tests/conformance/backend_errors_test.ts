/** Errors on every backend: each names the command and what does not fit. */

import { assertMatch, assertRejects, assertThrows } from "@std/assert";
import { adam } from "../../kernels/adam.ts";
import { centre } from "../../kernels/centre.ts";
import { codesByLatent } from "../../kernels/codes_by_latent.ts";
import { test } from "./on_every_backend.ts";

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

test("run() checks fixed sizes and sizes that are a letter plus one", async (t, backend) => {
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
  // rowOffsets has B + 1 elements and latentOffsets N + 1; only K disagrees here.
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

test("copy() rejects tensors that differ in dtype or size", async (t, backend) => {
  const three = t.make([1, 2, 3]);
  for (const other of [t.make([1, 2]), t.make([1, 2, 3], [3], "u32")]) {
    const record = () => backend.record((r) => r.copy(three, other));
    const { message } = await assertRejects(record, RangeError, "Cannot copy");
    assertMatch(message, /3.*(2|u32)/);
  }
});

test("write() rejects data of another length", (t, backend) => {
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

test("tensor() and view() reject invalid shapes", (t, backend) => {
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
