/**
 * `inspect`: describes what the files of an autoencoder hold.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { type LoadedSae, SparseAutoencoder } from "@matryoshka/sae";
import {
  type ActivationArguments,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import { ACTIVATION_FILES } from "../files/activation_files.ts";
import { EXIT } from "../terminal/failure.ts";
import { decoderCosines, inspectWeights } from "../sae/inspection.ts";
import { inspectionText } from "../sae/inspection_text.ts";
import { jsonText } from "../terminal/json.ts";
import { type LatentActivity, latentActivity } from "../sae/latent_activity.ts";
import { openBackend } from "../terminal/options.ts";
import { scoped } from "../terminal/scope.ts";
import { readSae } from "../files/sae_files.ts";

const EXAMPLES = `
Examples:
  deno task inspect runs/first/sae.safetensors
  deno task inspect gemma-scope-2b/layer_12 --json
  deno task inspect ae.pt --activations layer2.safetensors --rows :20000 --cosines`;

interface InspectArguments extends ActivationArguments {
  readonly activations?: string[];
  readonly cosines: boolean;
  readonly json: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addInspect(program: Command, finish: (code: number) => void): void {
  const command = program.command("inspect")
    .description(
      "Show what the files of a sparse autoencoder hold: shapes, kind, prefixes, norms, dead latents",
    )
    .argument("<sae>", "the folder of an autoencoder, or its file of weights")
    .addOption(
      new Option("--activations <file...>", `count active latents on rows of ${ACTIVATION_FILES}`),
    )
    .option("--cosines", "compare each decoder row with all others", false)
    .option("--json", "print everything as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, args: InspectArguments) => finish(await inspect(path, args)));
  addActivationOptions(command, "count on");
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

function countActivity(
  loaded: LoadedSae,
  args: InspectArguments,
  paths: readonly string[],
): Promise<LatentActivity> {
  return scoped(async (scope) => {
    const input = scope.use(await openActivations(loaded, paths, args, "count active latents"));
    const { sae, files, batches: { rows, batchRows } } = input;
    const backend = scope.use(await openBackend(args));
    const model = scope.use(SparseAutoencoder.fromSae(backend, sae));
    const activeRows = new Float64Array(model.latentCount);
    await files.inOrder("encoded rows", { rows, batchRows }, async (batches) => {
      for await (const codes of model.encodeRows(batches)) {
        for (const latent of codes.indices) activeRows[latent]++;
      }
    });
    return latentActivity(activeRows, rows.to - rows.from);
  });
}
