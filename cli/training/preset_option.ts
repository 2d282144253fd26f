/**
 * The option `--preset`.
 *
 * @module
 */
import { CommanderError, Option } from "commander";
import { presetNames, presets } from "@matryoshka/sae";
import { UsageError } from "../terminal/failure.ts";
import { BEST_PRESET } from "./chosen_preset.ts";

/** Makes the option `--preset`; `--preset list` prints the table and ends the program. */
export function presetOption(): Option {
  return new Option(
    "--preset <name>",
    `recipe to train by (default: ${BEST_PRESET}, and default with options that describe another recipe); list prints all with their sources`,
  )
    .choices([...presetNames, "list"])
    .argParser((text: string) => {
      if (presetNames.includes(text)) return text;
      if (text !== "list") {
        throw new UsageError(
          `Cannot use --preset "${text}": it must be one of ${presetNames.join(", ")}, or list`,
        );
      }
      console.log(presetList());
      throw new CommanderError(0, "matryoshka.presets", "");
    });
}

/** Returns all presets as text, each with its title and its source. */
function presetList(): string {
  return presets.map(({ name, title, source }) => {
    const { repository, commit, file, paper } = source;
    const place = `${repository}${commit === undefined ? "" : ` ${commit}`}, ${file}`;
    return [`${name}: ${title}`, `  ${place}`, ...paper === undefined ? [] : [`  ${paper}`]].join(
      "\n",
    );
  }).join("\n");
}
