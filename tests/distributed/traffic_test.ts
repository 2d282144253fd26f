/** What `measureCommunicator` counts. */

import { assert, assertEquals, assertRejects } from "@std/assert";

import { runRanks } from "../../src/distributed/in_process.ts";
import { measureCommunicator } from "../../src/distributed/traffic.ts";

Deno.test("calls and bytes count by kind, on groups too, and a broadcast's on the root", async () => {
  const counts = await runRanks(3, async (inner) => {
    const communicator = measureCommunicator(inner);
    assertEquals(
      [communicator.rank, communicator.size, communicator.description],
      [inner.rank, inner.size, inner.description],
    );
    const none = communicator.traffic;
    await communicator.exclusiveScan(new Float32Array(5));
    await communicator.reverseExclusiveScan(new Float64Array(5));
    await communicator.allReduce(new Uint32Array(7));
    const values = Float32Array.of(communicator.rank);
    assertEquals(await communicator.allGather(values), Float32Array.of(0, 1, 2));
    await communicator.broadcast(values, 1);
    assertEquals(values[0], 1);
    const group = await communicator.split(communicator.rank % 2);
    const part = await group.split(0);
    await part.allReduce(new Float32Array(2));
    assert(Object.values(none).every(({ calls }) => calls === 0), "a copy");
    return Object.entries(communicator.traffic).map(([kind, { calls, bytes }]) =>
      `${kind} ${calls} ${bytes}`
    );
  });
  for (const [rank, count] of counts.entries()) {
    assertEquals(count, [
      "exclusiveScan 1 20",
      "reverseExclusiveScan 1 40",
      "allReduce 2 36",
      "allGather 1 4",
      `broadcast 1 ${rank === 1 ? 4 : 0}`,
    ]);
  }
});

Deno.test("seconds include the time that a rank waits for others", async () => {
  const seconds = await runRanks(2, async (inner) => {
    const communicator = measureCommunicator(inner);
    if (communicator.rank === 1) await new Promise((resolve) => setTimeout(resolve, 50));
    await communicator.allReduce(new Float32Array(1));
    return communicator.traffic.allReduce.seconds;
  });
  // Timers may come a little early.
  assert(seconds[0] > 0.04 && seconds[0] > seconds[1], seconds.join());
});

Deno.test("abort() reaches the ranks, and a call that fails counts", async () => {
  await assertRejects(
    () =>
      runRanks(2, async (inner) => {
        const communicator = measureCommunicator(inner);
        if (communicator.rank === 1) communicator.abort("no data");
        const call = communicator.allReduce(new Float32Array(1));
        await call.catch(() => {});
        assertEquals(communicator.traffic.allReduce.calls, 1);
        await call;
      }),
    Error,
    "Cannot go on: another rank has ended the job: no data",
  );
});
