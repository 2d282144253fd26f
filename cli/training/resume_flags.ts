/**
 * Names the flags of `train` in errors about runs that are resumed with other options.
 *
 * @module
 */
import { DifferentOptionsError, type OptionDifference } from "@matryoshka/sae";

/** The flags of the options that a run is compared by, where the library has other names for them. */
export const FLAGS: Readonly<Record<string, string>> = {
  latentCount: "--latents",
  steps: "--steps",
  prefixes: "--prefixes",
  prefixCount: "--prefixes",
  minimumPrefix: "--prefixes",
  prefixExponent: "--prefixes",
  activation: "--activation",
  k: "--k",
  penalty: "--penalty",
  penaltyEpsilon: "--penalty",
  subtractLogEpsilon: "--penalty",
  penaltyCoefficient: "--penalty-coefficient",
  targetL0: "--target-l0",
  sparsityRate: "--sparsity-rate",
  deadAfter: "--dead-after",
  learningRate: "--learning-rate",
  permuteEvery: "--permute-every",
  algorithm: "--algorithm",
  seed: "--seed",
  batchRows: "--batch",
  bufferRows: "--shuffle-rows",
  rows: "--rows",
  subtractDecoderBias: "--init",
  initialInputScale: "--init",
  warmupSteps: "--warmup-steps",
  decaySteps: "--decay-steps",
  inputScaling: "--input-scaling",
  unitDecoder: "--unit-decoder",
  "thresholdTraining.bandwidth": "--bandwidth",
  "auxiliary.weight": "--auxiliary",
};

/** Returns the result of `resume`; an error about options that differ then names flags. */
export async function withFlags<T>(path: string, resume: () => Promise<T>): Promise<T> {
  try {
    return await resume();
  } catch (error) {
    if (!(error instanceof DifferentOptionsError)) throw error;
    throw new Error(`Cannot resume ${path}: ${flagsText(error.differences)}`, { cause: error });
  }
}

/** Lists differences by flag. Several options can belong to one, such as a list of prefixes and their number. */
export function flagsText(differences: readonly OptionDifference[]): string {
  const byFlag = new Map<string, OptionDifference[]>();
  // The buffer holds all rows at most, so that its size can follow from other rows.
  const otherRows = differences.some(({ name }) => name === "rows" || name.startsWith("file "));
  for (const each of differences) {
    if (otherRows && each.name === "bufferRows") continue;
    const flag = flagOf(each.name);
    byFlag.set(flag, [...byFlag.get(flag) ?? [], each]);
  }
  const texts = [...byFlag].map(([flag, [first, ...others]]) => {
    const all = [first, ...others];
    const asked = firstGiven(flag, all.map(({ asked }) => asked));
    const saved = firstGiven(flag, all.map(({ saved }) => saved));
    return `${flag} is ${asked} but ${saved} in the run${hint(first)}`;
  });
  return texts.join(", ");
}

function flagOf(name: string): string {
  if (Object.hasOwn(FLAGS, name)) return FLAGS[name];
  if (name === "inputSize" || name === "dtype") return `${name} of --data`;
  return name.startsWith("file ") ? `${name} of --data` : `${name} of --preset`;
}

/** Returns the first value that is given, as the command line writes it. */
function firstGiven(flag: string, values: readonly string[]): string {
  const given = values.find((value) => value !== "not given") ?? "not given";
  const plain = given.replace(/^"(.*)"$/, "$1").replace(/^\[(.*)\]$/, "$1");
  return flag === "--rows" ? plain.replace(",", ":") : plain;
}

/** Says what can be changed where it is the steps that differ. */
const hint = ({ name }: OptionDifference): string =>
  name === "steps" ? " (more steps extend a run, it cannot become shorter)" : "";
