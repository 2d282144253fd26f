/** Times messages between ranks. */

import type { Communicator } from "../../src/distributed/communicator.ts";
import { median } from "../harness/statistics.ts";

/** The times of messages of one size. */
export interface MessageTimes {
  readonly bytes: number;
  /** Milliseconds of an exclusive scan: half of one there and a reverse one back. */
  readonly scanMs: number;
  /** Milliseconds of an all-reduce. */
  readonly allReduceMs: number;
}

/** 1 KiB, 4 KiB, … 16 MiB, and 32 MiB. */
export const MESSAGE_BYTES: readonly number[] = [...[0, 2, 4, 6, 8, 10, 12, 14], 15].map((n) =>
  1024 * 2 ** n
);

/** The least bytes that a timing moves, so that the clock resolves short messages. */
const LEAST_BYTES = 2 ** 16;

/** Times scans and all-reduces of `bytes` bytes. Collective; every rank gets the times of rank 0. */
export async function timeMessages(
  communicator: Communicator,
  bytes: number,
  samples: number,
): Promise<MessageTimes> {
  const values = new Float32Array(bytes / 4);
  const times = async (call: () => Promise<void>) => {
    const repeats = Math.max(1, Math.ceil(LEAST_BYTES / bytes));
    const found: number[] = [];
    for (let sample = -2; sample < samples; sample++) {
      const started = performance.now();
      for (let n = 0; n < repeats; n++) await call();
      if (sample >= 0) found.push((performance.now() - started) / repeats);
    }
    return median(found);
  };
  const scan = await times(async () => {
    await communicator.exclusiveScan(values);
    await communicator.reverseExclusiveScan(values);
  });
  const allReduce = await times(() => communicator.allReduce(values));
  const result = Float64Array.of(scan / 2, allReduce);
  await communicator.broadcast(result, 0);
  return { bytes, scanMs: result[0], allReduceMs: result[1] };
}
