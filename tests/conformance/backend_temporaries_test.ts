/** Temporaries of a program on every backend: what they hold, and who may use them. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { centre } from "../../kernels/centre.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { test } from "./on_every_backend.ts";

const SHAPE = [2, 2] as const;

test(
  "temporaries keep what is still needed, whichever side of a branch is taken",
  async (t, backend) => {
    const flag = t.make([0], [1], "u32");
    const input = t.make([1, 2, 3, 4], SHAPE);
    const bias = t.make([1, 10]);
    const output = t.make([0, 0, 0, 0], SHAPE);
    const after = t.make([0, 0, 0, 0], SHAPE);
    using program = await backend.record((r) => {
      const shared = r.temporary("f32", SHAPE);
      r.run(centre, { input, decoderBias: bias, centred: shared }, {});
      const side = (times: number) => (r: Recorder) => {
        let last = shared;
        for (let time = 0; time < times; time++) {
          const next = r.temporary("f32", SHAPE);
          r.run(centre, { input: last, decoderBias: bias, centred: next }, {});
          last = next;
        }
        r.copy(last, output);
      };
      r.branch(flag, side(1), side(3));
      r.copy(shared, after);
    });
    // Twice each: nothing of a side may be left for the other.
    for (const [value, times] of [[0, 2], [1, 4], [1, 4], [0, 2]]) {
      backend.write(flag, [value]);
      backend.submit(program);
      const less = (count: number) => [1 - count, 2 - 10 * count, 3 - count, 4 - 10 * count];
      assertEquals(await t.read(output), less(times), `flag ${value}`);
      assertEquals(await t.read(after), less(1), `flag ${value}`);
    }
  },
);

test("a temporary can be used in its side of a branch alone", async (t, backend) => {
  const flag = t.make([0], [1], "u32");
  const output = t.make([0, 0, 0, 0], SHAPE);
  /** Records a branch whose sides and what follows may use a temporary of the first side. */
  const use = async (elsewhere: "other side" | "next program") => {
    let leaked: Tensor | undefined;
    using program = await backend.record((r) =>
      r.branch(flag, (r) => {
        leaked = r.temporary("f32", SHAPE);
        r.copy(output, leaked);
      }, (r) => elsewhere === "other side" && r.copy(leaked!, output))
    );
    for (const value of [0, 1]) {
      backend.write(flag, [value]);
      backend.submit(program);
    }
    using _ = await backend.record((r) => r.copy(leaked!, output));
  };
  for (const elsewhere of ["other side", "next program"] as const) {
    await assertRejects(
      () => use(elsewhere),
      TypeError,
      "Cannot use a temporary [2,2]: it belongs to another program or side of a branch",
      elsewhere,
    );
  }
});

test("a temporary cannot be used after its side of a branch", async (t, backend) => {
  const flag = t.make([0], [1], "u32");
  const output = t.make([0, 0, 0, 0], SHAPE);
  let leaked: Tensor | undefined;
  const side = (r: Recorder) => r.copy(output, leaked = r.temporary("f32", SHAPE));
  {
    using first = await backend.record((r) => r.branch(flag, side, side));
    backend.submit(first);
    const record = backend.record((r) => {
      r.branch(flag, side, side);
      r.copy(leaked!, output);
    });
    await assertRejects(() => record, TypeError, "side of a branch");
  }
});

test("a temporary can be neither read, written nor viewed from outside", async (t, backend) => {
  const output = t.make([0, 0, 0, 0], SHAPE);
  let leaked: Tensor | undefined;
  using _ = await backend.record((r) => r.copy(leaked = r.temporary("f32", SHAPE), output));
  const message = "Cannot use a temporary [2,2]: only the commands of its program can";
  assertThrows(() => backend.write(leaked!, [1, 2, 3, 4]), TypeError, message);
  assertThrows(() => backend.view(leaked!, [4]), TypeError, message);
  await assertRejects(() => backend.read(leaked!), TypeError, message);
});

test(
  "a temporary needs positive whole sizes, and leaves nothing behind without",
  async (_, backend) => {
    const record = backend.record((r) => {
      r.temporary("f32", SHAPE);
      r.temporary("u32", [0]);
    });
    await assertRejects(
      () => record,
      RangeError,
      "Cannot make a temporary: sizes must be positive",
    );
  },
);
