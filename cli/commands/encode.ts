/**
 * `encode`: encodes files of activations to a file of sparse codes.
 *
 * @module
 */
import type { Command } from "commander";
import { saeFingerprint, SparseAutoencoder } from "@matryoshka/sae";
import {
  type ActivationArguments,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import { ACTIVATION_FILES } from "../files/activation_files.ts";
import { CodesOutput } from "../files/codes_output.ts";
import { EXIT } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { openBackend } from "../terminal/options.ts";
import { checkOutputFile } from "../files/output_files.ts";
import { readSae } from "../files/sae_files.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { StopSignal, yieldToEvents } from "../terminal/stop_signal.ts";
import { counted, formatNumber } from "../terminal/text.ts";
import { CREATED_BY } from "../version.ts";

const EXAMPLES = `
Examples:
  deno task encode runs/first/sae.safetensors layer2.safetensors --out codes.safetensors
  deno task encode ae.pt 'acts/*.npy' --rows :100000 --out codes.safetensors

Read the codes with readCodes of this package, or in Python:
  t = safetensors.numpy.load_file("codes.safetensors")
  codes = scipy.sparse.csr_matrix((t["values"], t["indices"], t["rowOffsets"]), shape=(rows, latents))`;

const STOP_NOTICE = "Stopping after this batch. Press Ctrl-C again to stop at once.";

interface EncodeArguments extends ActivationArguments {
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addEncode(program: Command, finish: (code: number) => void): void {
  const command = program.command("encode")
    .description("Encode activations to sparse codes: the active latents of each row")
    .argument("<sae>", "the folder of an autoencoder, or its file of weights")
    .argument("<activations...>", ACTIVATION_FILES)
    .requiredOption("--out <file>", "the file of codes to write, in safetensors")
    .option("--force", "replace an existing file", false)
    .option("--json", "print the result as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (sae: string, activations: string[], args: EncodeArguments) =>
      finish(await scoped((scope) => encode(sae, activations, args, scope)))
    );
  addActivationOptions(command, "encode");
}

async function encode(
  path: string,
  activations: readonly string[],
  args: EncodeArguments,
  scope: Scope,
): Promise<number> {
  const { out, force } = args;
  await checkOutputFile(out, force);
  const { sae: loaded } = await readSae(path, args.from);
  const input = scope.use(
    await openActivations(loaded, activations, args, `encode with ${path}`),
  );
  const { sae, files, batches: { rows, batchRows } } = input;
  const backend = scope.use(await openBackend(args));
  const model = scope.use(SparseAutoencoder.fromSae(backend, sae));
  const output = scope.use(new CodesOutput(out, model.latentCount));
  const stop = scope.use(new StopSignal(STOP_NOTICE));
  let done = 0, entries = 0;
  const all = rows.to - rows.from;
  await files.inOrder("encoded rows", { rows, batchRows }, async (batches) => {
    for await (const codes of model.encodeRows(batches)) {
      await output.append(codes);
      done += codes.rows;
      entries += codes.values.length;
      await yieldToEvents();
      if (stop.requested) break;
    }
  });
  if (done < all) {
    console.error(`Interrupted after ${done} of ${counted(all, "row")}: nothing was written`);
    return EXIT.interrupted;
  }
  const autoencoder = await saeFingerprint(sae);
  await output.save({ autoencoder, createdBy: CREATED_BY });
  const { latentCount } = model, l0 = entries / done;
  console.log(
    args.json
      ? jsonText({ out, rows: done, latentCount, entries, l0, autoencoder })
      : `Encoded ${counted(done, "row")} to ${out}: ${counted(entries, "activation")}, L0 ${
        formatNumber(l0)
      } of ${latentCount} latents`,
  );
  return EXIT.done;
}
