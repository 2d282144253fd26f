/** Batches of halves: the bits of training on the same numbers as float32. */

import { assertEquals, assertRejects } from "@std/assert";
import { decodeFloats, encodeFloats, Trainer, type TrainerOptions } from "../../mod.ts";
import { backends } from "../backends.ts";
import { normalBatches } from "./runs.ts";

const d = 7;

const OPTIONS: TrainerOptions = {
  inputSize: d,
  latentCount: 24,
  prefixCount: 3,
  steps: 20,
  seed: 3,
  targetL0: 4,
};

/** Halves, odd numbers of them too, some subnormal, and the same numbers as float32. */
function halvesAndFloats(): { halves: Uint16Array; floats: Float32Array }[] {
  return normalBatches([8, 3, 8, 5, 8], d, 1).map((batch, n) => {
    batch[n] = 3 * 2 ** -24;
    const bytes = encodeFloats(batch.map((x) => x / 3), "F16");
    return { halves: new Uint16Array(bytes.buffer), floats: decodeFloats(bytes, "F16") };
  });
}

for (const { name, create } of backends) {
  for (const inputScaling of ["corrected", "none"] as const) {
    Deno.test(`halves train to the bits that their float32 values do (${name}, scaling ${inputScaling})`, async () => {
      using backend = await create();
      const outcome = async (kind: "halves" | "floats") => {
        using trainer = await Trainer.create(backend, { ...OPTIONS, inputScaling });
        for (const batch of halvesAndFloats()) await trainer.step(batch[kind]);
        return [await trainer.metrics(), await trainer.parameters(), await trainer.inputScale()];
      };
      assertEquals(await outcome("halves"), await outcome("floats"));
      assertEquals(backend.allocatedBytes, 0);
    });
  }

  Deno.test(`halves and float32 may take turns, and halves may lie anywhere (${name})`, async () => {
    using backend = await create();
    const outcome = async (mixed: boolean) => {
      using trainer = await Trainer.create(backend, OPTIONS);
      for (const [n, { halves, floats }] of halvesAndFloats().entries()) {
        const moved = new Uint16Array(halves.length + 1);
        moved.set(halves, 1);
        await trainer.step(mixed && n % 2 === 0 ? moved.subarray(1) : floats);
      }
      return await trainer.parameters();
    };
    assertEquals(await outcome(true), await outcome(false));
  });
}

Deno.test("a half that is not finite names its row, and changes nothing", async () => {
  using backend = await backends[0].create();
  using trainer = await Trainer.create(backend, OPTIONS);
  for (const [bits, what] of [[0x7c00, "Infinity"], [0xfc00, "-Infinity"], [0xfe01, "NaN"]]) {
    const batch = new Uint16Array(3 * d);
    batch[2 * d] = Number(bits);
    await assertRejects(
      () => trainer.step(batch),
      RangeError,
      `Cannot take a training step: row 2 of the batch has ${what}`,
    );
  }
  await assertRejects(() => trainer.step(new Uint16Array(d + 1)), RangeError, "8 values");
  assertEquals(trainer.stepCount, 0);
});
