/**
 * The input of the commands that run an autoencoder on files of activations: `eval`, `inspect` and `encode`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { RowRange, Sae, SaeFormat } from "@matryoshka/sae";
import { ActivationFiles, type BatchOptions, TENSOR_OPTION } from "./activation_files.ts";
import { rawSae } from "../sae/conversion.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  numberOption,
  rowsOption,
} from "../terminal/options.ts";
import { scoped } from "../terminal/scope.ts";
import { counted } from "../terminal/text.ts";
import { checkInputSize, formatOption } from "./sae_files.ts";

/** The arguments of {@linkcode addActivationOptions}. */
export interface ActivationArguments extends BackendArguments {
  readonly from?: SaeFormat;
  readonly tensor?: string;
  readonly rows?: RowRange;
  readonly batch: number;
  readonly inputScale?: number;
}

/** Adds the options; `what` says in their descriptions what happens to the rows, as in "rows to encode". */
export function addActivationOptions(command: Command, what: string): void {
  for (
    const option of [
      formatOption(),
      new Option("--tensor <name>", TENSOR_OPTION),
      rowsOption("--rows <A:B>", `rows to ${what}, over all shards (default: all)`),
      countOption("--batch <rows>", "rows at a time", { fallback: 1024 }),
      numberOption("--input-scale <scale>", "factor to multiply inputs by"),
      ...backendOptions(),
    ]
  ) command.addOption(option);
}

/** An autoencoder that takes raw rows, and the open files of these rows. */
export interface ActivationInput<Some extends Sae> extends AsyncDisposable {
  readonly sae: Some;
  readonly files: ActivationFiles;
  /** The range of rows, and the size of the batches. */
  readonly batches: BatchOptions;
}

/**
 * Opens the files, and prints a note if the result depends on the size of the batches.
 *
 * @param task The task for error messages, such as `evaluate sae.safetensors`.
 */
export function openActivations<Some extends Sae>(
  loaded: Some,
  paths: readonly string[],
  { tensor, rows, batch: batchRows, inputScale }: ActivationArguments,
  task: string,
): Promise<ActivationInput<Some>> {
  const sae = rawSae(loaded, inputScale, task);
  return scoped(async (opened) => {
    const files = opened.use(await ActivationFiles.open(paths, tensor));
    checkInputSize(sae, files, task);
    const batches = { rows: files.rows("--rows", rows), batchRows };
    if (sae.activation.kind === "batchtopk") {
      console.error(
        `Note: batchtopk selects within each batch of ${counted(batchRows, "row")}, see --batch`,
      );
    }
    const open = opened.move();
    return { sae, files, batches, [Symbol.asyncDispose]: () => open[Symbol.asyncDispose]() };
  });
}
