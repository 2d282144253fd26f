/**
 * Compares the package with jax-js, TensorFlow.js and onnxruntime-web, side by side on one machine.
 *
 *     deno task bench:peers --shapes small+medium --densities 0.5,0.01 --json out.json --markdown
 *     deno task bench:peers --help
 *
 * Every participant has a process of its own and computes the same numbers from the same inputs. A
 * participant that differs from the package's float64 oracle is not timed, and the exit code is 1.
 * The others take turns, one run each per round; the machine's rates are measured around every run.
 * A library with two rows appears as its users would write the step, and tuned as far as it allows.
 */
import { Command } from "commander";
import type { Algorithm, Task } from "../harness/peer.ts";
import type { Entry } from "./running/rows.ts";
import { type Options, run, withOptions } from "./running/run.ts";

/** Labels of the forward pass and the step. */
const LABELS: Record<string, string> = {
  "jax-js": "jax-js, one array per parameter",
  "jax-js-padded": "jax-js, tuned: blocks of latents padded to whole tiles",
  "tensorflow": "TensorFlow.js, one array per parameter",
  "tensorflow-transposing": "TensorFlow.js, tuned: explicit transposes",
  "onnxruntime": "onnxruntime-web, weights packed beforehand",
};
/** Labels of the encode, which each library takes in one form only. */
const ENCODE_LABELS: Record<string, string> = {
  ...LABELS,
  "jax-js": "jax-js",
  "tensorflow": "TensorFlow.js",
};

function peersFor(task: Task, threads: number): string[] {
  return [
    "jax-js",
    ...task !== "encode" ? ["jax-js-padded"] : [],
    ...threads === 1 ? ["tensorflow"] : [],
    ...threads === 1 && task === "step" ? ["tensorflow-transposing"] : [],
    ...task !== "step" ? ["onnxruntime"] : [],
  ];
}

function entriesFor(backend: string) {
  return (task: Task, threads: number, P: number): Entry[] => {
    const own = (algorithm: Algorithm, P: number): Entry => {
      return { label: "@matryoshka/sae", peer: backend, threads, algorithm, P };
    };
    const packages: Entry[] = [
      own("sparse", P),
      ...task === "forward" ? [] : [{ ...own("sparse", P), screening: "off" } as const],
      own("dense", P),
    ];
    const peers = peersFor(task, threads).map((peer): Entry => {
      const label = (task === "encode" ? ENCODE_LABELS : LABELS)[peer];
      return { label, peer, threads, algorithm: "dense", P };
    });
    return [...packages, ...peers];
  };
}

const command = withOptions(new Command("deno task bench:peers"), ["encode", "forward", "step"])
  .description("Compares with jax-js, TensorFlow.js and onnxruntime-web.");
const options = command.parse(Deno.args, { from: "user" }).opts<Options>();
await run(options, entriesFor(options.backend), [
  "TensorFlow.js runs on one thread: its threads need classic workers, which Deno lacks.",
  "onnxruntime-web has no gradients; it packs its weights once, when it loads the model.",
]);
