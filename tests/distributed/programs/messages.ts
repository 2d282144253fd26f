/** Prints the messages of wrong calls, of which no rank waits for another. */

import { connectMpi } from "../../../entries/mpi.ts";

const communicator = await connectMpi();

async function print(call: () => Promise<unknown>): Promise<void> {
  const error = await call().then(() => "no error", (error) => `${error.name}: ${error.message}`);
  console.log(error);
}

const values = new Float32Array(3);
// @ts-expect-error -- MPI would take the bytes for other numbers
await print(() => communicator.allReduce(new Int16Array(3)));
await print(() => communicator.broadcast(values, 1));
await print(() => communicator.split(-1));
await print(() => communicator.split(2 ** 31));
await print(() => connectMpi());
communicator[Symbol.dispose]();
await print(() => communicator.exclusiveScan(values));
communicator.finalize();
await print(() => communicator.allGather(values));
await print(() => communicator.split(0));
await print(() => connectMpi());
