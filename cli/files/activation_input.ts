/**
 * The input of the commands that run an autoencoder on files of activations: `eval`, `inspect` and `encode`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { RowRange, Sae, SaeFormat } from "@matryoshka/sae";
import { ActivationFiles, type BatchOptions } from "./activation_files.ts";
import { rawSae } from "../sae/conversion.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  numberOption,
  rowsOption,
} from "../terminal/options.ts";
import { checkInputSize, formatOption } from "./sae_files.ts";

/** What {@linkcode addActivationOptions} leaves. */
export interface ActivationArguments extends BackendArguments {
  readonly from?: SaeFormat;
  readonly tensor?: string;
  readonly rows?: RowRange;
  readonly batch: number;
  readonly inputScale?: number;
}

/** Adds the options; `what` is done to the rows: "encode". */
export function addActivationOptions(command: Command, what: string): void {
  for (
    const option of [
      formatOption(),
      new Option(
        "--tensor <name>",
        'tensor of safetensors shards (default: "activations", or the only)',
      ),
      rowsOption("--rows <A:B>", `rows to ${what}, over all shards (default: all)`),
      countOption("--batch <rows>", "rows at a time", { fallback: 1024 }),
      numberOption("--input-scale <scale>", "what inputs are to be multiplied by"),
      ...backendOptions(),
    ]
  ) command.addOption(option);
}

/** An autoencoder of raw rows, and the files whose rows it is to be run on. */
export interface ActivationInput<Some extends Sae> extends AsyncDisposable {
  readonly sae: Some;
  readonly files: ActivationFiles;
  /** The rows asked for, and how they are cut. */
  readonly batches: BatchOptions;
}

/**
 * Opens the files, and says on stderr where the result depends on how rows are cut into batches.
 *
 * @param task what could not be done otherwise: `evaluate sae.safetensors`.
 */
export async function openActivations<Some extends Sae>(
  loaded: Some,
  paths: readonly string[],
  { tensor, rows, batch: batchRows, inputScale }: ActivationArguments,
  task: string,
): Promise<ActivationInput<Some>> {
  const sae = rawSae(loaded, inputScale, task);
  await using opened = new AsyncDisposableStack();
  const files = opened.use(await ActivationFiles.open(paths, tensor));
  checkInputSize(sae, files, task);
  const batches = { rows: files.rows("--rows", rows), batchRows };
  if (sae.activation.kind === "batchtopk") {
    console.error(`Note: batchtopk selects within each batch of ${batchRows} rows, see --batch`);
  }
  const open = opened.move();
  return { sae, files, batches, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
