/**
 * The options of `sweep`: those of `train`, some of which take a list.
 *
 * @module
 */
import { Command, Option } from "commander";
import { UsageError } from "../terminal/failure.ts";
import { addTrainOptions, type TrainArguments } from "../training/train_arguments.ts";

const EXAMPLES = `
Examples:
  Six autoencoders from one stream of rows, compared on rows held out:
    deno task sweep --data acts/ --latents 1024,4096 --target-l0 10,20,40 --prefixes 10 \\
      --steps 20000 --rows :900000 --eval-rows 900000: --out runs/sweep
  A long sweep that survives a kill: the same command with --resume continues all of them:
    deno task sweep --data acts/ --latents 4096 --target-l0 10,20,40 --prefixes 10 --steps 200000 \\
      --checkpoint-every 1000 --out runs/long --resume`;

/** Options of `train` that one stream of rows for several autoencoders leaves no room for. */
const LEFT_OUT = ["--init", "--k", "--path", "--mpi", "--ranks-per-replica", "--resume", "--out"];

/** The options that take a list here, with their descriptions. */
const LISTS: Readonly<Record<string, string>> = {
  "--latents": "numbers of latents, such as 1024,4096",
  "--target-l0": "active latents per row: what λ is steered to, or k of topk and batchtopk",
  "--preset": "defaults of everything not given, one or more",
};

/** The options of a sweep. */
export interface SweepArguments
  extends
    Omit<TrainArguments, "latents" | "targetL0" | "preset" | "k" | "init" | "resume" | "mpi"> {
  readonly latents: readonly number[];
  readonly targetL0?: readonly number[];
  readonly preset?: readonly TrainArguments["preset"][];
  readonly resume?: true;
}

/** Adds the description, options and examples of `sweep`; `action` receives the arguments. */
export function addSweepOptions(
  command: Command,
  action: (args: SweepArguments) => Promise<void>,
): void {
  command.description("Train several autoencoders on one stream of activations, and compare them");
  for (const option of optionsOfTrain()) {
    const name = option.long!;
    if (LEFT_OUT.includes(name)) continue;
    command.addOption(Object.hasOwn(LISTS, name) ? listOption(option, LISTS[name]) : option);
  }
  command
    .option("--resume", "continue all runs of --out from their newest checkpoints")
    .requiredOption("--out <folder>", "where the folders of the runs and report.html go")
    .addHelpText("after", EXAMPLES)
    .action(action);
}

function optionsOfTrain(): readonly Option[] {
  const train = new Command("train");
  addTrainOptions(train, () => Promise.resolve());
  return train.options;
}

/** Makes an option that takes a list of what another one takes. */
function listOption(single: Option, description: string): Option {
  const name = single.long!;
  const { parseArg, argChoices, defaultValue } = single;
  const option = new Option(`${name} <list>`, description);
  if (argChoices) option.choices(argChoices);
  option.argParser((text: string) => {
    const words = text.split(",").map((word) => word.trim());
    const twice = words.find((word, i) => words.indexOf(word) < i);
    if (twice !== undefined) {
      throw new UsageError(`Cannot use ${name} "${text}": it holds ${twice} twice`);
    }
    return words.map((word) => parseArg ? parseArg(word, undefined) : word);
  });
  if (defaultValue !== undefined) option.default([defaultValue], `${defaultValue}`);
  if (name === "--latents") option.makeOptionMandatory();
  return option;
}
