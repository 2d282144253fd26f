/**
 * Reads and writes autoencoders in the formats of this package and of other libraries.
 *
 * @module
 */
export type { SaeFiles } from "./sae_files.ts";
export { foldInputMean } from "../../model/folding.ts";
export { loadSae, type LoadSaeOptions } from "./load.ts";
export {
  type InputNormalization,
  type LoadedSae,
  type Sae,
  SAE_FORMATS,
  type SaeFormat,
  type SaeSourceFacts,
  type TrainingFacts,
} from "../../model/sae.ts";
export {
  saveSae,
  type SaveSaeOptions,
  WRITABLE_SAE_FORMATS,
  type WritableSaeFormat,
} from "./save.ts";
