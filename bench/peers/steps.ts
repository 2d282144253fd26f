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
  return (_task: Task, threads: number, P: number): Entry[] =>
    (["sparse", "dense"] as Algorithm[]).flatMap((algorithm) =>
      [P, 1].map((count) => {
        return { label: "@matryoshka/sae", peer: backend, threads, algorithm, P: count };
      })
    );
}

const command = withOptions(new Command("deno task bench:steps"), ["step"])
  .description("Times the package's training step over the floors of this machine.");
const options = command.parse(Deno.args, { from: "user" }).opts<Options>();
await run(options, entriesFor(options.backend), []);
