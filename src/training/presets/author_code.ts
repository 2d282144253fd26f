/**
 * The conventions of the author's code, with the options that it leaves to its caller.
 *
 * @module
 */
import { checkArraySize } from "../../base/array_size.ts";
import { checkInteger, checkNumber, checkObject, checkOneOf } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import type { SaeParameters } from "../../model/parameters.ts";
import { authorPenalty } from "../default_penalty.ts";
import type { TrainerOptions } from "../trainer_options.ts";
import { AUTHOR_CODE } from "./author_record.ts";

/** Options of {@linkcode authorCode}, named as in the author's code. */
export interface AuthorCodeOptions {
  /** d, the size of an input. */
  readonly inputSize: number;
  /** N, the number of latents. */
  readonly latentCount: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Mean active latents per row that λ is steered towards. */
  readonly targetL0: number;
  /** P, how many prefixes to draw at each step (10, or N if that is less). 1 gives an ordinary SAE. */
  readonly prefixCount?: number;
  /** λ₀, the starting value of λ (0.2). */
  readonly startingSparsityScale?: number;
  /** Peak learning rate (0.03). */
  readonly learningRate?: number;
  /** The penalty ("l1"): "log" is log(a + 0.1) − log 0.1. */
  readonly sparsityType?: "l1" | "log";
  /** Seed of the initial parameters and of the prefixes (0). */
  readonly seed?: number;
  /** Initial parameters. */
  readonly initial?: SaeParameters;
}

const AUTHOR_KEYS = /* @__PURE__ */ Object.keys(
  {
    inputSize: true,
    latentCount: true,
    steps: true,
    targetL0: true,
    prefixCount: true,
    startingSparsityScale: true,
    learningRate: true,
    sparsityType: true,
    seed: true,
    initial: true,
  } satisfies Record<keyof AuthorCodeOptions, true>,
);

/**
 * Returns trainer options with the conventions of the author's published code (`sae.py` of
 * noanabeshima/matryoshka-saes): mean over prefixes, squared error summed over features, input scaling without bias
 * correction, λ warmed up and then steered, Adam with β (0.5, 0.9375), and clipping at 1.
 *
 * @param options The options that the author's code leaves to its caller.
 * @throws {RangeError | TypeError} if an option is out of its range or kind.
 *
 * @example
 * ```ts
 * import { authorCode, createBackend, Trainer } from "@matryoshka/sae";
 *
 * using backend = await createBackend("reference");
 * const options = authorCode({ inputSize: 20, latentCount: 20, steps: 1000, targetL0: 1.2338 });
 * using trainer = await Trainer.create(backend, options);
 * ```
 */
export function authorCode(options: AuthorCodeOptions): TrainerOptions {
  const task = "make the author's options";
  checkObject(options, "options", task);
  checkKeys(options, AUTHOR_KEYS, task);
  const {
    sparsityType = "l1",
    startingSparsityScale,
    learningRate = AUTHOR_CODE.options.learningRate,
  } = options;
  checkOneOf(sparsityType, ["l1", "log"], "sparsityType", task);
  checkInteger(options.inputSize, "inputSize", task);
  checkInteger(options.latentCount, "latentCount", task);
  checkArraySize({ latentCount: options.latentCount, inputSize: options.inputSize }, task);
  checkInteger(options.steps, "steps", task);
  checkNumber(options.targetL0, "targetL0", task, { least: 0, most: options.latentCount });
  return {
    ...AUTHOR_CODE.options,
    inputSize: options.inputSize,
    latentCount: options.latentCount,
    steps: options.steps,
    // The trainer fills in the default, so that a list of prefixes can replace it.
    prefixCount: options.prefixCount,
    targetL0: options.targetL0,
    learningRate,
    seed: options.seed,
    initial: options.initial,
    penalty: authorPenalty(sparsityType, startingSparsityScale),
  };
}
