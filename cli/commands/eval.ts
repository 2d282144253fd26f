/**
 * `eval`: evaluates a saved autoencoder on files of activations, prefix by prefix.
 *
 * @module
 */
import type { Command } from "commander";
import { checkPrefixes, type LoadedSae } from "@matryoshka/sae";
import {
  type ActivationArguments,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import { ACTIVATION_FILES } from "../files/activation_files.ts";
import { bothInferencesText, measureBoth } from "../sae/both_inferences.ts";
import { evaluateFiles, evaluationPrefixes, evaluationText } from "../sae/evaluation.ts";
import { mpiOption, overRanks } from "../ranks/connection.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { checkSameInput } from "../ranks/same_input.ts";
import { asUsage, EXIT, UsageError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { openBackend, prefixesOption } from "../terminal/options.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { readSae } from "../files/sae_files.ts";

const EXAMPLES = `
Examples:
  deno task eval runs/layer2/sae.safetensors layer2.safetensors --rows 60000:
  deno task eval --sae gemma-scope-2b/layer_12 --data a.npy b.npy --prefixes 64,256,16384 --json
  mpirun -n 8 deno task eval --mpi sae.safetensors 'acts/*.npy'   # the same table, on 8 ranks`;

interface EvalArguments extends ActivationArguments {
  readonly sae?: string;
  readonly data?: string[];
  readonly prefixes?: number[];
  readonly json: boolean;
  readonly mpi?: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addEval(program: Command, finish: (code: number) => void): void {
  const command = program.command("eval")
    .description("Evaluate a saved sparse autoencoder, prefix by prefix")
    .argument("[sae]", "the folder of an autoencoder of any library, or its file of weights")
    .argument("[activations...]", ACTIVATION_FILES)
    .option("--sae <path>", "the same as the first argument")
    .option("--data <file...>", "the same as the other arguments")
    .addOption(prefixesOption("--prefixes <list>", "lengths (default: from the file)", false))
    .option("--json", "print the evaluation as JSON", false)
    .addOption(mpiOption("evaluate"))
    .addHelpText("after", EXAMPLES)
    .action(async (sae: string | undefined, data: string[], args: EvalArguments) =>
      finish(
        await overRanks(args.mpi, async (ranks) => {
          const asked = await ranks.together(() => ({
            sae: once("sae", args.sae, sae),
            data: once("data", args.data, data),
          }));
          return await scoped((scope) => evaluateSaved({ ...args, ...asked }, ranks, scope));
        }),
      )
    );
  addActivationOptions(command, "evaluate on");
}

/** Returns the value that was given as an option or as an argument, but not as both. */
function once<T extends string | string[]>(name: string, option?: T, argument?: T): T {
  const given = argument?.length ? argument : undefined;
  if (option !== undefined && given !== undefined) {
    throw new UsageError(`Cannot use --${name} ${option}: the argument ${given} was given, too`);
  }
  const one = option ?? given;
  if (one !== undefined) return one;
  throw new UsageError(`Cannot evaluate: ${name} is missing, as an argument or with --${name}`);
}

/** Evaluates, prints the result and returns the exit code. Collective. */
export async function evaluateSaved(
  args: EvalArguments & { sae: string; data: string[] },
  ranks: Ranks,
  scope: Scope,
): Promise<number> {
  const opened = await ranks.together(async () => {
    const { sae: loaded } = await readSae(args.sae, args.from);
    const input = scope.use(
      await openActivations(loaded, args.data, args, `evaluate ${args.sae}`),
    );
    const { latentCount } = input.sae.parameters;
    const prefixes = args.prefixes ?? evaluationPrefixes(input.sae.prefixes, latentCount);
    asUsage(() => checkPrefixes(prefixes, latentCount, "use --prefixes"));
    const backend = scope.use(await openBackend(args));
    return { loaded, input, latentCount, prefixes, backend };
  });
  const { loaded, input, latentCount, prefixes, backend } = opened;
  const { sae, files, batches } = input;
  await checkSameInput(ranks, { args, sae, files, backend }, "evaluate");
  const report = await evaluateFiles(backend, sae, files, { ...batches, prefixes }, ranks);
  const inference = await measureBoth(backend, sae, files, { ...batches, report, ranks });
  const facts = { sae: args.sae, source: source(loaded), data: files.description };
  const text = [evaluationText(report, latentCount)];
  if (inference) text.push(bothInferencesText(inference, batches.batchRows));
  console.log(args.json ? jsonText({ ...facts, ...report, inference }) : text.join("\n\n"));
  return EXIT.done;
}

/** Names the source of an autoencoder; `inspect` shows the rest of its configuration. */
const source = ({ source: { format, kind, dtype } }: LoadedSae) => ({ format, kind, dtype });
