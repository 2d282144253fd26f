/**
 * `eval`: what a saved autoencoder achieves on files of activations, prefix by prefix.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { checkPrefixes, type RowRange } from "../../mod.ts";
import { openFile } from "../io/files.ts";
import { readNativeSae } from "../io/native.ts";
import { ActivationFiles } from "./activation_files.ts";
import { evaluateFiles, evaluationPrefixes, evaluationText } from "./evaluation_report.ts";
import { asUsage, EXIT } from "./failure.ts";
import { jsonText } from "./json.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  openBackend,
  prefixesOption,
  rowsOption,
} from "./options.ts";

const EXAMPLES = `
Examples:
  deno task eval --sae runs/layer2/sae.safetensors --data layer2.safetensors --rows 60000:
  deno task eval --sae runs/layer2/sae.safetensors --data a.npy b.npy --prefixes 64,256,4096 --json`;

interface EvalArguments extends BackendArguments {
  readonly sae: string;
  readonly data: string[];
  readonly tensor?: string;
  readonly rows?: RowRange;
  readonly prefixes?: number[];
  readonly batch: number;
  readonly json: boolean;
}

/** Adds the command; `finish` is told its exit code. */
export function addEval(program: Command, finish: (code: number) => void): void {
  const command = program.command("eval")
    .description("Evaluate a saved sparse autoencoder, prefix by prefix")
    .requiredOption("--sae <file>", "sae.safetensors of a training run")
    .addOption(
      new Option("--data <file...>", ".npy or safetensors shards of [rows, inputSize]")
        .makeOptionMandatory(),
    )
    .option("--tensor <name>", 'tensor of safetensors shards (default: "activations", or the only)')
    .addOption(rowsOption("--rows <A:B>", "rows to evaluate on, over all shards (default: all)"))
    .addOption(prefixesOption("--prefixes <list>", "lengths (default: from the file)", false))
    .addOption(countOption("--batch <rows>", "rows at a time", { fallback: 1024 }))
    .option("--json", "print the evaluation as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (args: EvalArguments) => finish(await evaluateSaved(args)));
  for (const each of backendOptions()) command.addOption(each);
}

async function evaluateSaved(args: EvalArguments): Promise<number> {
  await using source = await openFile(args.sae);
  const sae = await readNativeSae(source);
  const { inputSize, latentCount } = sae.parameters;
  await using files = await ActivationFiles.open(args.data, args.tensor);
  if (files.description.inputSize !== inputSize) {
    throw new RangeError(
      `Cannot evaluate ${args.sae} on ${args.data.join(", ")}: its inputSize is ${inputSize} ` +
        `but the data's is ${files.description.inputSize}`,
    );
  }
  const rows = files.rows("--rows", args.rows);
  const prefixes = args.prefixes ?? evaluationPrefixes(sae.prefixes, latentCount);
  asUsage(() => checkPrefixes(prefixes, latentCount, "use --prefixes"));
  using backend = await openBackend(args);
  const report = await evaluateFiles(backend, sae, files, {
    rows,
    batchRows: args.batch,
    prefixes,
  });
  console.log(
    args.json
      ? jsonText({ sae: args.sae, data: files.description, ...report })
      : evaluationText(report, latentCount),
  );
  return EXIT.done;
}
