/** A rank that runs all calls and writes its results to a file: all_calls.ts FOLDER LENGTH… */

import { connectMpi } from "../../../entries/mpi.ts";
import { runCalls } from "./calls.ts";

const [folder, ...lengths] = Deno.args;
const communicator = await connectMpi();
const { rank, description } = communicator;
const results = await runCalls(communicator, lengths.map(Number));
await Deno.writeTextFile(`${folder}/${rank}.json`, JSON.stringify({ description, results }));
communicator.finalize();
