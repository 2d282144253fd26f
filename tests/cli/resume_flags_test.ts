/** How errors of `train --resume` name flags. */
import { assert, assertEquals } from "@std/assert";
import { FLAGS, flagsText } from "../../cli/training/resume_flags.ts";
import { createBackend, Trainer } from "../../mod.ts";
import { runHere } from "./run_here.ts";

Deno.test("the flags in resume errors are options of train, and stand for options of the trainer or the shuffle", async () => {
  const { stdout: script } = await runHere(["completions", "bash"]);
  const options = script.match(/^ +train\) echo '(.*)' ;;$/m)![1].split(" ");
  for (const flag of Object.values(FLAGS)) assert(options.includes(flag), flag);
  using backend = await createBackend("reference");
  const common = { inputSize: 4, latentCount: 8, steps: 10, targetL0: 2, initialInputScale: 1 };
  const topk = { activation: { kind: "topk", k: 2 }, prefixes: [4, 8] } as const;
  const names = new Set(["batchRows", "bufferRows", "rows"]);
  const recipe = {
    targetL0: undefined,
    activation: { kind: "jumprelu", threshold: 0.1 },
    thresholdTraining: {},
    auxiliary: {},
    unitDecoder: "afterUpdate",
    decaySteps: 2,
  } as const;
  for (const more of [{}, { ...topk, targetL0: undefined }, recipe]) {
    using trainer = await Trainer.create(backend, { ...common, ...more });
    for (const name of Object.keys((await trainer.state()).options)) names.add(name);
  }
  for (const name of Object.keys(FLAGS)) assert(names.has(name), name);
});

Deno.test("differences of one flag are listed once, and a buffer that follows from other rows is not", () => {
  const none = "not given";
  const text = flagsText([
    { name: "prefixes", asked: "[6,24]", saved: none },
    { name: "prefixCount", asked: none, saved: "4" },
    { name: "prefixExponent", asked: none, saved: "0.5" },
    { name: "beta1", asked: "0.9", saved: "0.5" },
    { name: "bufferRows", asked: "299", saved: "300" },
    { name: "rows", asked: "[1,300]", saved: "[0,300]" },
  ]);
  assertEquals(text.split(", "), [
    "--prefixes is 6,24 but 4 in the run",
    "beta1 of --preset is 0.9 but 0.5 in the run",
    "--rows is 1:300 but 0:300 in the run",
  ]);
});
