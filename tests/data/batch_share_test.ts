import { assertEquals, assertRejects } from "@std/assert";
import { activationBatches, type BatchShare } from "../../src/data/activations.ts";
import { collect, counted, counting, npy, three } from "./shards.ts";

Deno.test("the shares of several processes are the batches of one, dealt in turn", async () => {
  for (const batchRows of [1, 2, 3, 8]) {
    for (const partial of [false, true]) {
      for (const rows of [{}, { from: 2 }, { from: 1, to: 7 }]) {
        const options = { batchRows, rows, partial: partial || batchRows === 8 };
        const all = await collect(activationBatches(three(), options));
        for (const parts of [1, 2, 3, 5]) {
          for (let part = 0; part < parts; part++) {
            const share = { part, parts };
            const mine = await collect(activationBatches(three(), { ...options, share }));
            assertEquals(mine, all.filter((_, number) => number % parts === part));
          }
        }
      }
    }
  }
});

Deno.test("the batches of others are not read", async () => {
  const source = counted(npy("x.npy", counting(12, 2, 0)));
  const share = { part: 1, parts: 3 };
  await collect(activationBatches([source], { batchRows: 2, share }));
  // Batches 1 and 4, of two rows of two float64 each.
  assertEquals(source.reads.filter((length) => length === 32), [32, 32]);
  assertEquals(Math.max(...source.reads.slice(-2)), 32);
});

Deno.test("activationBatches() refuses shares that do not exist", async () => {
  const cases: [BatchShare, string][] = [
    [{ part: 3, parts: 3 }, "share.part must be below share.parts 3 but is 3"],
    [{ part: -1, parts: 3 }, "share.part must be an integer of at least 0 but is -1"],
    [{ part: 0, parts: 0 }, "share.parts must be an integer of at least 1 but is 0"],
  ];
  for (const [share, message] of cases) {
    await assertRejects(
      () => collect(activationBatches(three(), { batchRows: 2, share })),
      RangeError,
      `Cannot read activations in batches: ${message}`,
    );
  }
});
