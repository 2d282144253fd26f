/**
 * What a preset is: trainer options as data, with rules where an option depends on sizes.
 *
 * @module
 */
import type { TrainerOptions } from "../trainer_options.ts";

/** A size that a rule can depend on; `trainedRows` is `steps` · `rows`. */
export type PresetSize = "inputSize" | "latentCount" | "steps" | "trainedRows";

/**
 * How an option follows from sizes:
 * - "given" is `k` or `targetL0` as given, or else `otherwise`. Without that it must be given, unless `optional`.
 * - "bounded" is `value`, at most ⌊`share` · `of`⌋ where that size is known, and at least `least`.
 * - "share" is ⌊`share` · `of`⌋, at least 1.
 * - "rest" is what a bounded number leaves of `of`, at least 0.
 * - "root" is `factor` · √(`over` / `under`); each of the two is a size or a number.
 * - "equalShares" is 1/P for each of the P prefixes.
 */
export type SizeRule =
  | {
    readonly rule: "given";
    readonly of: "k" | "targetL0";
    readonly otherwise?: number;
    readonly optional?: true;
  }
  | {
    readonly rule: "bounded";
    readonly value: number;
    readonly share: number;
    readonly of: PresetSize;
    readonly least?: number;
  }
  | { readonly rule: "share"; readonly share: number; readonly of: PresetSize }
  | {
    readonly rule: "rest";
    readonly of: PresetSize;
    readonly value: number;
    readonly share: number;
  }
  | {
    readonly rule: "root";
    readonly factor: number;
    readonly over: PresetSize | number;
    readonly under: PresetSize | number;
  }
  | { readonly rule: "equalShares" };

/** Options in which rules may stand for numbers. */
export type Sized<T> = T extends number ? T | SizeRule
  : T extends ArrayLike<number> ? T | SizeRule
  : T extends object ? { readonly [Key in keyof T]: Sized<T[Key]> }
  : T;

/** The options that a preset may hold: those of a recipe, not of a machine or of one run. */
export type PresetRecord = Sized<
  Omit<
    TrainerOptions,
    | "inputSize"
    | "latentCount"
    | "steps"
    | "seed"
    | "initial"
    | "initialInputScale"
    | "algorithm"
    | "screening"
    | "communicator"
    | "ranksPerReplica"
    | "latentsPerRank"
    | "path"
  >
>;

/** Where a recipe was published. */
export interface PresetSource {
  /** The repository, as owner/name. */
  readonly repository: string;
  /** The commit that was read. */
  readonly commit?: string;
  /** The file that holds the trainer. */
  readonly file: string;
  /** The paper that describes the recipe. */
  readonly paper?: string;
}

/** A named training recipe, as plain data. */
export interface Preset {
  /** The name, as `presetOptions` takes it. */
  readonly name: string;
  /** What the recipe is, in one line. */
  readonly title: string;
  /** Where the recipe is published. */
  readonly source: PresetSource;
  /** The options, with the behaviour that is right. */
  readonly options: PresetRecord;
  /**
   * The known deviations of the published code, merged into `options` only where they are asked for: see
   * {@linkcode presetOptions}. docs/recipes.md describes each.
   */
  readonly compatibility: PresetRecord;
}
