/**
 * The options of `train` that choose a recipe and its parts.
 *
 * @module
 */
import { Option } from "commander";
import { countOption, numberOption, wordOption } from "../terminal/options.ts";
import { presetOption } from "./preset_option.ts";

const ACTIVATIONS = ["relu", "topk", "batchtopk", "jumprelu"];
const PLACES = ["never", "beforeForward", "beforeUpdate", "afterUpdate"];

/** Makes the options; each part that is not given is the preset's. */
export function recipeOptions(): Option[] {
  return [
    presetOption(),
    new Option(
      "--as-published",
      "with --preset, reproduce the published code, its known bugs included",
    ),
    wordOption("--activation <kind>", ACTIVATIONS, "what follows the encoder"),
    numberOption("--k <count>", "latents per row of topk and batchtopk"),
    numberOption("--threshold <value>", "where the thresholds of jumprelu start"),
    numberOption("--bandwidth <width>", "window of pre-activations that move a threshold"),
    numberOption("--auxiliary <weight>", "weight of the AuxK loss, which revives dead latents"),
    wordOption("--unit-decoder <when>", PLACES, "when decoder rows are set to norm 1"),
    countOption("--warmup-steps <count>", "steps over which the learning rate rises", { least: 0 }),
    countOption("--decay-steps <count>", "final steps over which the learning rate falls to 0", {
      least: 0,
    }),
    wordOption(
      "--input-scaling <kind>",
      ["corrected", "uncorrected", "none"],
      "scaling of the inputs to a mean norm of √d",
    ),
  ];
}
