/**
 * The options that name what an autoencoder's activations come from.
 *
 * @module
 */
import { Option } from "commander";
import { UsageError } from "../terminal/failure.ts";

/** The arguments of {@linkcode originOptions}. */
export interface OriginArguments {
  readonly model?: string;
  readonly hook?: string;
}

/** Makes the options `--model` and `--hook`. */
export function originOptions(): Option[] {
  return [
    nameOption("--model <name>", "model whose activations they are, noted in the file"),
    nameOption("--hook <name>", "point in the model where they are taken, noted in the file"),
  ];
}

function nameOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (text.trim() !== "") return text;
    throw new UsageError(`Cannot use ${flags.split(" ")[0]} "${text}": it must be a name`);
  });
}
