/** Ranks inside one process: what each collective gives, and that nobody waits for ever. */

import { assertEquals, assertRejects } from "@std/assert";

import { runRanks } from "../../src/distributed/in_process.ts";

Deno.test("scans give each rank the sum of those before it, and of those after it", async () => {
  const results = await runRanks(4, async (communicator) => {
    const before = Float32Array.of(communicator.rank + 1, 10);
    const after = before.slice();
    await communicator.exclusiveScan(before);
    await communicator.reverseExclusiveScan(after);
    return [...before, ...after];
  });
  assertEquals(results, [[0, 0, 9, 30], [1, 10, 7, 20], [3, 20, 4, 10], [6, 30, 0, 0]]);
});

Deno.test("reductions, gathering and broadcasts give every rank the same", async () => {
  const results = await runRanks(3, async (communicator) => {
    const sum = Uint32Array.of(communicator.rank, 1);
    await communicator.allReduce(sum);
    const all = await communicator.allGather(Float64Array.of(communicator.rank, -1));
    const root = Float32Array.of(communicator.rank);
    await communicator.broadcast(root, 1);
    return [...sum, ...all, ...root];
  });
  for (const result of results) assertEquals(result, [3, 3, 0, -1, 1, -1, 2, -1, 1]);
});

Deno.test("groups are numbered in the order of the ranks", async () => {
  const results = await runRanks(4, async (communicator) => {
    const part = await communicator.split(communicator.rank % 2);
    const sum = Uint32Array.of(communicator.rank);
    await part.allReduce(sum);
    return [part.rank, part.size, sum[0]];
  });
  assertEquals(results, [[0, 2, 2], [0, 2, 4], [1, 2, 2], [1, 2, 4]]);
});

Deno.test("if one rank fails, all others stop waiting, in groups too", async () => {
  const ended: string[] = [];
  const job = runRanks(3, async (communicator) => {
    const part = await communicator.split(0);
    if (communicator.rank === 1) throw new RangeError("no data");
    try {
      await part.allReduce(new Float32Array(1));
    } catch (error) {
      ended.push((error as Error).message);
      throw error;
    }
  });
  await assertRejects(() => job, RangeError, "no data");
  assertEquals(ended, Array(2).fill("Cannot go on: another rank has ended the job: no data"));
});

Deno.test("different calls or lengths are an error, not a wait", async () => {
  await assertRejects(
    () =>
      runRanks(2, async (communicator) => {
        if (communicator.rank === 0) await communicator.allReduce(new Float32Array(1));
        else await communicator.exclusiveScan(new Float32Array(1));
      }),
    Error,
    "rank 1 calls exclusiveScan while another rank calls allReduce",
  );
  await assertRejects(
    () =>
      runRanks(2, async (communicator) => {
        await communicator.allReduce(new Float32Array(1 + communicator.rank));
      }),
    RangeError,
    "messages of",
  );
});
