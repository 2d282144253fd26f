/**
 * The option `--screening`.
 *
 * @module
 */
import type { Option } from "commander";
import type { AskedScreening, Backend } from "@matryoshka/sae";
import { UsageError } from "./failure.ts";
import { wordOption } from "./options.ts";

/** Makes the option. */
export function screeningOption(): Option {
  return wordOption(
    "--screening <kind>",
    ["auto", "on", "off"],
    "exclude latents by integer products before the float32 encode, with the same result: auto where it is faster",
  ).default("auto");
}

/** Throws a UsageError if screening is asked for on a backend that has no kernels for it. */
export function checkScreening(asked: AskedScreening, { name, screening }: Backend): void {
  if (asked !== "on" || screening !== undefined) return;
  throw new UsageError(`Cannot use --screening on: the backend ${name} has no kernels for it`);
}
