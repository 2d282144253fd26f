/**
 * Options of the commands that run an autoencoder on files of activations: `eval`, `inspect` and `encode`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { RowRange, Sae, SaeFormat } from "../../mod.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  numberOption,
  rowsOption,
} from "./options.ts";
import { formatOption } from "./sae_files.ts";

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

/** Says on stderr where the result depends on how rows are cut into batches. */
export function noteBatchDependence({ activation }: Sae, batchRows: number): void {
  if (activation.kind !== "batchtopk") return;
  console.error(`Note: batchtopk selects within each batch of ${batchRows} rows, see --batch`);
}
