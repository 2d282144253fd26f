import { resolveTrainer, type TrainerOptions } from "./trainer_options.ts";

/**
 * Checks the options of a trainer before there is a backend or any data for it.
 *
 * @param options The options, as for `Trainer.create`.
 * @throws {RangeError | TypeError} where `Trainer.create` would reject them, with the same message.
 *
 * @example
 * ```ts
 * import { checkTrainerOptions } from "@matryoshka/sae";
 * import { assertThrows } from "@std/assert";
 *
 * checkTrainerOptions({ inputSize: 20, latentCount: 64, steps: 1000, targetL0: 8 });
 * assertThrows(
 *   () => checkTrainerOptions({ inputSize: 20, latentCount: 64, steps: 1000, targetL0: 100 }),
 *   RangeError,
 *   "targetL0 must be from 0 to 64 but is 100",
 * );
 * ```
 */
export function checkTrainerOptions(options: TrainerOptions): void {
  resolveTrainer(options);
}
