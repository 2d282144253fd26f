/** A rank of the bench: `bench/mpi.ts` starts two under a launcher of MPI. Rank 0 writes the results. */

import { connectMpi } from "../../entries/mpi.ts";
import { createBackend } from "../../src/backends.ts";
import { measureCommunicator } from "../../src/distributed/traffic.ts";
import { writeResults } from "../harness/results_file.ts";
import { MESSAGE_BYTES, type MessageTimes, timeMessages } from "./message_times.ts";
import type { RankJob, RankResults } from "./job.ts";
import type { StepTimes } from "./results.ts";
import { timeSteps } from "./step_times.ts";

const job: RankJob = JSON.parse(await Deno.readTextFile(Deno.args[0]));
const world = await connectMpi();
const communicator = measureCommunicator(world);
const messages: MessageTimes[] = [];
for (const bytes of MESSAGE_BYTES) messages.push(await timeMessages(world, bytes, job.samples));
const backend = await createBackend("wasm");
const steps: StepTimes[] = [];
for (const activation of job.activations) {
  const folder = `${job.folder}/${activation}`;
  if (world.rank === 0) await Deno.mkdir(folder);
  steps.push(await timeSteps(backend, communicator, activation, { ...job, folder }));
}
const description = `${world.description}; ${backend.name}, ${backend.description}`;
const results: RankResults = { description, messages, steps };
if (world.rank === 0) await writeResults(job.results, results);
backend[Symbol.dispose]();
world.finalize();
