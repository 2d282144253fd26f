/**
 * Compares the package's training step with the same step in PyTorch on the CPU, in turns on one
 * machine with as many threads. Needs Debian's python3-torch and a fast BLAS:
 *
 *     apt-get install -y python3-torch libopenblas0
 *     deno task bench:pytorch --densities 0.5,0.01 --json out.json --markdown
 *
 * See javascript.ts for the method. PyTorch takes the step in the form of the method's published code,
 * which computes densely at any density; OpenBLAS chooses its kernels. The tuned row differs only in
 * that the allocator keeps freed memory.
 */
import { Command } from "commander";
import type { Task } from "../harness/peer.ts";
import type { Entry } from "./running/rows.ts";
import { type Options, run, withOptions } from "./running/run.ts";

function entriesFor(backend: string) {
  return (_task: Task, threads: number, P: number): Entry[] => {
    const own = { label: "@matryoshka/sae", peer: backend, threads, P };
    return [
      { ...own, algorithm: "sparse" },
      { ...own, algorithm: "sparse", screening: "off" },
      { ...own, algorithm: "dense" },
      { label: "PyTorch, as published", peer: "pytorch", threads, algorithm: "dense", P },
      { label: "PyTorch, tuned", peer: "pytorch-keeping", threads, algorithm: "dense", P },
    ];
  };
}

const command = withOptions(new Command("deno task bench:pytorch"), ["step"])
  .description("Compares the training step with PyTorch on the CPU.");
const options = command.parse(Deno.args, { from: "user" }).opts<Options>();
await run(options, entriesFor(options.backend), []);
