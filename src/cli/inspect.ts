/**
 * `inspect`: what a file or folder of an autoencoder holds.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { type LoadedSae, type RowRange, type SaeFormat, SparseAutoencoder } from "../../mod.ts";
import { ActivationFiles } from "./activation_files.ts";
import { rawSae } from "./conversion.ts";
import { EXIT } from "./failure.ts";
import { decoderCosines, inspectWeights } from "./inspection.ts";
import { inspectionText } from "./inspection_report.ts";
import { jsonText } from "./json.ts";
import { type LatentActivity, latentActivity } from "./latent_activity.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  numberOption,
  openBackend,
  rowsOption,
} from "./options.ts";
import { Progress } from "./progress.ts";
import { checkInputSize, formatOption, readSae } from "./sae_files.ts";

const EXAMPLES = `
Examples:
  deno task inspect runs/first/sae.safetensors
  deno task inspect gemma-scope-2b/layer_12 --json
  deno task inspect ae.pt --activations layer2.safetensors --rows :20000 --cosines`;

interface InspectArguments extends BackendArguments {
  readonly from?: SaeFormat;
  readonly activations?: string[];
  readonly tensor?: string;
  readonly rows?: RowRange;
  readonly batch: number;
  readonly inputScale?: number;
  readonly cosines: boolean;
  readonly json: boolean;
}

/** Adds the command; `finish` is told its exit code. */
export function addInspect(program: Command, finish: (code: number) => void): void {
  const command = program.command("inspect")
    .description(
      "Say what a sparse autoencoder's files hold: shapes, kind, prefixes, norms, dead latents",
    )
    .argument("<sae>", "the folder of an autoencoder, or its file of weights")
    .addOption(formatOption())
    .addOption(
      new Option("--activations <file...>", "count active latents on these rows of [inputSize]"),
    )
    .option("--tensor <name>", 'tensor of safetensors shards (default: "activations", or the only)')
    .addOption(rowsOption("--rows <A:B>", "rows to count on, over all shards (default: all)"))
    .addOption(countOption("--batch <rows>", "rows at a time", { fallback: 1024 }))
    .addOption(numberOption("--input-scale <scale>", "what inputs are to be multiplied by"))
    .option("--cosines", "compare each decoder row with all others", false)
    .option("--json", "print it all as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, args: InspectArguments) => finish(await inspect(path, args)));
  for (const each of backendOptions()) command.addOption(each);
}

async function inspect(path: string, args: InspectArguments): Promise<number> {
  const { sae, files } = await readSae(path, args.from);
  const report = {
    files,
    ...await inspectWeights(sae),
    cosines: args.cosines ? decoderCosines(sae.parameters) : undefined,
    activity: args.activations && await countActivity(sae, args, args.activations),
  };
  console.log(args.json ? jsonText(report) : inspectionText(report));
  return EXIT.done;
}

async function countActivity(
  sae: LoadedSae,
  args: InspectArguments,
  paths: readonly string[],
): Promise<LatentActivity> {
  const task = "count active latents";
  const raw = rawSae(sae, args.inputScale, task);
  await using files = await ActivationFiles.open(paths, args.tensor);
  checkInputSize(sae, files, task);
  const rows = files.rows("--rows", args.rows);
  using backend = await openBackend(args);
  using model = SparseAutoencoder.fromSae(backend, raw);
  const activeRows = new Float64Array(model.latentCount);
  let done = 0;
  using progress = new Progress("encoded rows", rows.to - rows.from, 1);
  for await (const codes of model.encodeRows(files.inOrder({ rows, batchRows: args.batch }))) {
    for (const latent of codes.indices) activeRows[latent]++;
    done += codes.rows;
    progress.advance(done);
  }
  return latentActivity(activeRows, done);
}
