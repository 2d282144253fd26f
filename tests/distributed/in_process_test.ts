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
    "Cannot allReduce: ranks give different messages, Float32Array(2) and Float32Array(1)",
  );
  await assertRejects(
    () =>
      runRanks(2, async (communicator) => {
        const Kind = communicator.rank === 0 ? Float32Array : Float64Array;
        await communicator.exclusiveScan(new Kind(3));
      }),
    RangeError,
    "Cannot exclusiveScan: ranks give different messages, Float64Array(3) and Float32Array(3)",
  );
});

Deno.test("a rank that returns while others wait for it ends them, whichever comes first", async () => {
  for (const first of ["return", "wait"]) {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
    await assertRejects(
      () =>
        runRanks(3, async (communicator) => {
          const part = await communicator.split(communicator.rank === 0 ? 1 : 0);
          const returns = communicator.rank === 2;
          if (returns === (first === "wait")) await pause();
          if (communicator.rank === 1) await part.allReduce(new Float32Array(1));
        }),
      Error,
      "Cannot go on: another rank has ended the job: rank 2 ended, and others wait for it in allReduce",
    );
  }
});

Deno.test("a rank that calls again before its last call has ended is an error", async () => {
  await assertRejects(
    () =>
      runRanks(2, async (communicator) => {
        const calls = [1, 2].map(() => communicator.allGather(new Float32Array(1)));
        await Promise.all(calls);
      }),
    Error,
    "rank 0 calls allGather while its own last call has not ended",
  );
});
