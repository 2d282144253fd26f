/**
 * The options of `train`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { AskedScreening, Penalty, RowRange, TrainerOptions } from "@matryoshka/sae";
import { ACTIVATION_FILES, TENSOR_OPTION } from "../files/activation_files.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  numberOption,
  prefixesOption,
  rowsOption,
  wordOption,
} from "../terminal/options.ts";
import { screeningOption } from "../terminal/screening.ts";
import { mpiOption } from "../ranks/connection.ts";
import { originOptions } from "../sae/origin_options.ts";
import { PENALTY_KINDS } from "./penalty_choice.ts";
import { recipeOptions } from "./recipe_options.ts";

const EXAMPLES = `
Examples:
  Batch top-k over fixed prefixes, with 32 latents per row:
    deno task train --data layer2.safetensors --latents 4096 --k 32 --steps 20000 --out runs/layer2
  The recipe of the method's definition: relu, ten prefixes drawn anew at each step, and an L0 of 32:
    deno task train --data layer2.safetensors --preset default --latents 4096 --prefixes 10 \\
      --steps 20000 --target-l0 32 --out runs/relu
  Other prefixes, on a folder of shards, the last rows kept for evaluation:
    deno task train --data acts/ --latents 1024 --prefixes 64,256,1024 --steps 5000 --k 32 \\
      --rows :900000 --eval-rows 900000: --out runs/shards
  A long run that survives a kill: the same command with --resume continues it, bit for bit:
    deno task train --data layer2.safetensors --latents 4096 --steps 200000 \\
      --checkpoint-every 1000 --out runs/long
    deno task train --data layer2.safetensors --latents 4096 --steps 200000 \\
      --checkpoint-every 1000 --out runs/long --resume
  A published recipe, with its activation, auxiliary loss, schedule and prefixes:
    deno task train --data layer2.safetensors --preset dictionaryMatryoshkaBatchTopK --k 32 \\
      --latents 4096 --steps 20000 --out runs/recipe
  On from any autoencoder, with its latents, prefixes and activation:
    deno task train --init runs/layer2 --data more.safetensors --steps 5000 --out runs/tuned
  On four ranks, which share the latents; one prints, and the files are those of one process:
    mpirun -n 4 deno task train --mpi --data acts/ --latents 65536 --prefixes 10 --steps 20000 \\
      --activation topk --k 32 --checkpoint-every 500 --out runs/wide`;

/** The options of a run. */
export interface TrainArguments extends BackendArguments {
  readonly data: string[];
  readonly tensor?: string;
  readonly rows?: RowRange;
  readonly evalRows?: RowRange;
  readonly latents: number;
  readonly prefixes: readonly number[] | number;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate?: number;
  readonly targetL0?: number;
  readonly sparsityRate?: number;
  readonly deadAfter?: number;
  readonly penalty?: Penalty["kind"];
  readonly penaltyCoefficient?: number;
  readonly activation?: "relu" | "topk" | "batchtopk" | "jumprelu";
  readonly k?: number;
  readonly threshold?: number;
  readonly bandwidth?: number;
  readonly auxiliary?: number;
  readonly unitDecoder?: TrainerOptions["unitDecoder"];
  readonly warmupSteps?: number;
  readonly decaySteps?: number;
  readonly inputScaling?: TrainerOptions["inputScaling"];
  readonly preset: string;
  readonly asPublished?: boolean;
  readonly seed: number;
  readonly shuffleRows: number;
  readonly algorithm: "auto" | "dense" | "sparse";
  readonly screening: AskedScreening;
  readonly permuteEvery: number;
  readonly checkpointEvery: number;
  readonly keep: number;
  readonly resume?: true | string;
  readonly init?: string;
  readonly model?: string;
  readonly hook?: string;
  readonly out: string;
  readonly force: boolean;
  readonly forceFailed: boolean;
  readonly strict: boolean;
  readonly report: boolean;
  readonly json: boolean;
  readonly mpi?: boolean;
  readonly ranksPerReplica?: number;
}

/** The options with everything that an autoencoder to go on from makes up for; prefixes may be the preset's. */
export interface CompletedArguments extends Omit<TrainArguments, "prefixes"> {
  readonly prefixes?: TrainArguments["prefixes"];
}

/** The options as given: an autoencoder to go on from makes up for missing ones. */
export interface GivenArguments extends Omit<TrainArguments, "latents" | "prefixes" | "preset"> {
  readonly latents?: TrainArguments["latents"];
  readonly prefixes?: TrainArguments["prefixes"];
  readonly preset?: TrainArguments["preset"];
}

/** The arguments as commander parses them. */
interface ParsedArguments extends GivenArguments {
  /** The former name of `algorithm`. */
  readonly path?: TrainArguments["algorithm"];
}

const ALGORITHMS = ["auto", "dense", "sparse"];

/** Adds the description, options and examples of `train`; `action` receives the arguments. */
export function addTrainOptions(
  command: Command,
  action: (args: GivenArguments) => Promise<void>,
): void {
  command
    .description("Train a Matryoshka sparse autoencoder on files of activations")
    .addOption(
      new Option("--data <file...>", ACTIVATION_FILES).makeOptionMandatory(),
    )
    .option("--tensor <name>", TENSOR_OPTION)
    .addOption(rowsOption("--rows <A:B>", "rows to train on, over all shards (default: all)"))
    .addOption(rowsOption("--eval-rows <A:B>", "rows to evaluate on at the end (default: none)"))
    .addOption(
      countOption("--latents <count>", "number of latents, latentCount (default: those of --init)"),
    )
    .addOption(
      prefixesOption(
        "--prefixes <list>",
        "how many lengths to draw at each step, or a list of fixed lengths (default: those of --init or --preset)",
        true,
      ),
    )
    .option("--init <path>", "go on from this autoencoder of any library, with a fresh optimiser")
    .addOption(countOption("--steps <count>", "training steps").makeOptionMandatory())
    .addOption(countOption("--batch <rows>", "rows per step", { fallback: 1024 }))
    .addOption(numberOption("--learning-rate <rate>", "peak rate (default: the preset's)"))
    .addOption(
      numberOption(
        "--target-l0 <count>",
        "active latents per row to steer λ to, or the preset's k",
      ),
    )
    .addOption(
      numberOption(
        "--sparsity-rate <rate>",
        "relative change of λ per step (default: 5 / steps, at most 0.05, or the preset's)",
      ),
    )
    .addOption(
      wordOption("--penalty <kind>", PENALTY_KINDS, "sparsity penalty, if not the preset's"),
    )
    .addOption(numberOption("--penalty-coefficient <λ>", "λ at the start (default: the preset's)"))
    .addOption(
      countOption("--seed <seed>", "seed of all random numbers", { fallback: 0, least: 0 }),
    )
    .addOption(countOption("--shuffle-rows <rows>", "rows of the shuffle buffer", {
      fallback: 16384,
    }))
    .addOption(wordOption("--algorithm <kind>", ALGORITHMS, "how to compute").default("auto"))
    .addOption(wordOption("--path <kind>", ALGORITHMS, "former name of --algorithm").hideHelp())
    .addOption(screeningOption())
    .addOption(
      countOption(
        "--dead-after <steps>",
        "silent steps after which a latent is dead (default: 200, at most a fifth of steps)",
      ),
    )
    .addOption(
      countOption("--permute-every <steps>", "reorder latents by activation; 0 never does", {
        fallback: 0,
        least: 0,
      }),
    )
    .addOption(
      countOption(
        "--checkpoint-every <steps>",
        "steps between checkpoints, the last step included; 0 saves one only on an interruption",
        { fallback: 0, least: 0 },
      ),
    )
    .addOption(
      countOption("--keep <count>", "number of checkpoints to keep, the newest ones", {
        fallback: 2,
      }),
    )
    .option(
      "--resume [path]",
      "continue from the newest checkpoint of --out, or of this file or folder; more --steps extend the run",
    )
    .requiredOption("--out <folder>", "where sae.safetensors, run.json and checkpoints go")
    .option("--force", "replace an existing run; one that fails goes beside a good one", false)
    .option(
      "--force-failed",
      "with --force or --resume, let a failed run replace a good one",
      false,
    )
    .option("--strict", "exit with 1 if the run ends with a warning", false)
    .option("--no-report", "do not write report.html")
    .option("--json", "print the record of the run as JSON", false)
    .addOption(mpiOption("train"))
    .addOption(
      countOption(
        "--ranks-per-replica <count>",
        "with --mpi, ranks that share the latents; further replicas take other rows (default: all ranks)",
      ),
    )
    .addHelpText("after", EXAMPLES)
    .action((args: ParsedArguments) => action(withAlgorithm(args)));
  for (const each of [...recipeOptions(), ...originOptions(), ...backendOptions()]) {
    command.addOption(each);
  }
}

/** Accepts the former name of `--algorithm`, which the next release drops. */
function withAlgorithm({ path, ...args }: ParsedArguments): GivenArguments {
  if (path === undefined) return args;
  console.error("Warning: --path is now called --algorithm; the next release drops the old name");
  return { ...args, algorithm: path };
}
