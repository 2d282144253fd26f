import type { OptionsRecord } from "../base/options_record.ts";
import { optionsRecord } from "./options_record.ts";
import { resolveTrainer } from "./resolved_trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/**
 * Checks the options of a trainer before there is a backend or any data for it, and returns them with the defaults
 * filled in, as a {@linkcode TrainerState} holds them.
 *
 * @param options The options, as for `Trainer.create`.
 * @throws {RangeError | TypeError} where `Trainer.create` would reject them, with the same message.
 *
 * @example
 * ```ts
 * import { checkTrainerOptions } from "@matryoshka/sae";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const { sparsityRate } = checkTrainerOptions({ inputSize: 20, latentCount: 64, steps: 1000, targetL0: 8 });
 * assertEquals(sparsityRate, 0.005);
 * assertThrows(
 *   () => checkTrainerOptions({ inputSize: 20, latentCount: 64, steps: 1000, targetL0: 100 }),
 *   RangeError,
 *   "targetL0 must be from 0 to 64 but is 100",
 * );
 * ```
 */
export function checkTrainerOptions(options: TrainerOptions): OptionsRecord {
  return optionsRecord(options, resolveTrainer(options));
}
