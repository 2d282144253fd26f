/**
 * Times the package's own training step on WASM over the floors of the machine: dense and sparse, one
 * thread and two, all prefixes and one.
 *
 *     deno task bench:steps --json steps.json
 *
 * See javascript.ts for the method.
 */
import { Command } from "commander";
import type { Algorithm, Task } from "../harness/peer.ts";
import type { Entry } from "./running/rows.ts";
import { type Options, run, withOptions } from "./running/run.ts";

function entriesFor(backend: string) {
  const own = (algorithm: Algorithm, threads: number, P: number): Entry => {
    return { label: "@matryoshka/sae", peer: backend, threads, algorithm, P };
  };
  return (_task: Task, threads: number, P: number): Entry[] => [
    ...[P, 1].map((count) => own("sparse", threads, count)),
    { ...own("sparse", threads, P), screening: "off" } as const,
    ...[P, 1].map((count) => own("dense", threads, count)),
  ];
}

const command = withOptions(new Command("deno task bench:steps"), ["step"])
  .description("Times the package's training step over the floors of this machine.");
const options = command.parse(Deno.args, { from: "user" }).opts<Options>();
await run(options, entriesFor(options.backend), []);
