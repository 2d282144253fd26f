/**
 * One part of a run, in a process of its own: `resume_process.ts <backend> <to> <from> <into>` goes on from the
 * checkpoint `from` (`-` for none) to step `to`, writes the checkpoint `into` and prints the losses.
 */
import { checkpointChunks, readCheckpoint, Trainer, type TrainerOptions } from "../../mod.ts";
import { openFile, writeFileAtomically } from "../../src/io/sources/files.ts";
import { backends } from "../backends.ts";
import { normalBatches } from "./runs.ts";

const [name, to, from, into] = Deno.args;
const d = 4;
const N = 12;
const options: TrainerOptions = {
  inputSize: d,
  latentCount: N,
  steps: 48,
  activation: { kind: "batchtopk", k: 3 },
  prefixCount: 4,
  penalty: { kind: "log", coefficient: 0.1 },
  permuteEvery: 7,
};
const batches = normalBatches(Array.from({ length: 48 }, (_, s) => s % 2 ? 5 : 8), d, 3);

async function start(): Promise<Trainer> {
  if (from === "-") return await Trainer.create(backend, options);
  await using file = await openFile(from);
  return await Trainer.resume(backend, options, (await readCheckpoint(file)).trainer);
}

using backend = await backends.find((each) => each.name === name)!.create();
using trainer = await start();
const losses: number[] = [];
while (trainer.stepCount < Number(to)) {
  await trainer.step(batches[trainer.stepCount]);
  // A reading takes 12 ms on WebGPU.
  if (trainer.stepCount % 4 === 0) losses.push((await trainer.metrics()).loss);
}
const checkpoint = { trainer: await trainer.state(), createdBy: "a test" };
await writeFileAtomically(into, checkpointChunks(checkpoint));
console.log(JSON.stringify(losses));
