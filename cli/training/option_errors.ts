import { asUsage } from "../terminal/failure.ts";
import { FLAGS } from "./resume_flags.ts";

/** The flags of the options, and of those that runs are not compared by. */
const OPTION_FLAGS: Readonly<Record<string, string>> = {
  ...FLAGS,
  thresholdTraining: "--bandwidth",
};

/** The longest first, so that a part of an option is found before the option. */
const names = Object.keys(OPTION_FLAGS).sort((a, b) => b.length - a.length);
/** Names that are words of a sentence, too, are those of options only where the reason begins. */
const NAMES = new RegExp(
  `\\b(?:${names.filter((name) => /[A-Z]/.test(name)).join("|")})\\b|^(?:${names.join("|")})\\b`,
  "g",
);

/** Returns the result of a check of a trainer's options; an error about one of them names its flag. */
export function asTrainUsage<T>(check: () => T): T {
  return asUsage(() => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      const [, reason = error.message] = /^Cannot [^:]*: (.*)$/s.exec(error.message) ?? [];
      const message = `Cannot train: ${reason.replace(NAMES, (name) => OPTION_FLAGS[name])}`;
      throw new RangeError(message, { cause: error });
    }
  });
}
