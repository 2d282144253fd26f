/**
 * `calibrate`: turns a top-k autoencoder into the jumprelu that keeps as many latents, row by row.
 *
 * @module
 */
import type { Command } from "commander";
import { calibrateThreshold, jumpReluOf, type LoadedSae, saveSae } from "@matryoshka/sae";
import { writeFileAtomically } from "@matryoshka/sae/files";
import { ACTIVATION_FILES } from "../files/activation_files.ts";
import {
  type ActivationArguments,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import { checkOutputFile } from "../files/output_files.ts";
import { readSae } from "../files/sae_files.ts";
import { EXIT, UsageError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { numberOption, openBackend } from "../terminal/options.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { counted, formatNumber } from "../terminal/text.ts";

const EXAMPLES = `
Examples:
  The threshold that keeps k latents per row on average over these rows:
    deno task calibrate ae.pt --data layer2.safetensors --rows :100000 --out layer2.jumprelu.safetensors
  Another L0, from the result of train:
    deno task calibrate runs/batchtopk --data 'acts/*.npy' --target-l0 64 --out l0-64.safetensors`;

interface CalibrateArguments extends ActivationArguments {
  readonly data: string[];
  readonly targetL0?: number;
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addCalibrate(program: Command, finish: (code: number) => void): void {
  const command = program.command("calibrate")
    .description("Turn a top-k autoencoder into jumprelu, whose codes do not depend on the batch")
    .argument("<sae>", "the folder of an autoencoder, or its file of weights")
    .requiredOption("--data <file...>", ACTIVATION_FILES)
    .addOption(
      numberOption("--target-l0 <count>", "active latents per row to reach (default: its k)"),
    )
    .requiredOption("--out <file>", "the file to write, in this package's own format")
    .option("--force", "replace an existing file", false)
    .option("--json", "print the result as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (sae: string, args: CalibrateArguments) =>
      finish(await scoped((scope) => calibrate(sae, args, scope)))
    );
  addActivationOptions(command, "calibrate on");
}

async function calibrate(path: string, args: CalibrateArguments, scope: Scope): Promise<number> {
  const { out, force, targetL0 } = args;
  if (!out.endsWith(".safetensors")) {
    throw new UsageError(`Cannot use --out ${out}: the file must end with .safetensors`);
  }
  await checkOutputFile(out, force);
  const { sae: loaded } = await readSae(path, args.from);
  checkCalibratable(path, loaded, targetL0);
  // A selection among the rows of a batch would print a note that the result depends on it, which it does not.
  const independent = jumpReluOf(loaded, 0);
  const input = scope.use(
    await openActivations(independent, args.data, args, `calibrate ${path}`),
  );
  const backend = scope.use(await openBackend(args));
  const { sae, files, batches } = input;
  const { trainedActivation } = sae;
  const result = await files.inPasses(
    "rows to calibrate on",
    batches,
    (rows) => calibrateThreshold(backend, sae, rows, { targetL0 }),
  );
  const bytes = saveSae(jumpReluOf(sae, result.threshold), "native")["sae.safetensors"];
  await writeFileAtomically(out, bytes);
  const { threshold, l0, rows } = result;
  const { kind, k } = trainedActivation;
  console.log(
    args.json
      ? jsonText({ sae: path, out, data: files.description, ...result, trainedActivation })
      : `Calibrated ${path} (${kind}, k ${k}) on ${counted(rows, "row")}: above the threshold ` +
        `${formatNumber(threshold)} L0 is ${formatNumber(l0)}, to reach ${
          formatNumber(result.targetL0)
        }; wrote ${out} (jumprelu)`,
  );
  return EXIT.done;
}

function checkCalibratable(path: string, sae: LoadedSae, targetL0: number | undefined): void {
  const { activation, trainedActivation, parameters: { latentCount } } = sae;
  if (targetL0 !== undefined && !(targetL0 > 0 && targetL0 <= latentCount)) {
    throw new UsageError(
      `Cannot use --target-l0 ${targetL0}: it must be above 0 and at most ${latentCount}, the number of latents`,
    );
  }
  if (trainedActivation || activation.kind === "topk" || activation.kind === "batchtopk") return;
  throw new UsageError(
    `Cannot calibrate ${path}: its activation must be topk or batchtopk but is ${activation.kind}`,
  );
}
