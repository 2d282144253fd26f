/**
 * The toy tree of features on which Matryoshka autoencoders were first shown.
 *
 * @module
 */

import { checkArraySize, makeArray } from "../base/array_size.ts";
import { checkInteger, checkMethods, checkNumber, checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { Random, STREAMS } from "../base/random.ts";
import { dot } from "../base/vectors.ts";

const TREES = 3;
const CHILDREN = 3;
const INDEPENDENT = 8;
const PARENT_PROBABILITY = 0.15;
const CHILD_PROBABILITY = 0.2; // given the parent; no child has 0.4
const INDEPENDENT_PROBABILITY = 0.05;
const NORM_SPREAD = 0.05;
const CREATE = "create the toy tree";
const FEATURES = TREES * (1 + CHILDREN) + INDEPENDENT;

/** Options of {@linkcode ToyTree.create}. */
export interface ToyTreeOptions {
  /** Seed of the directions (0). Trees with the same seed and size have the same directions. */
  readonly seed?: number | bigint;
  /** The size of an input, d: at least 20 (20). */
  readonly inputSize?: number;
  /** The probability of a parent, from 0 to 1 (0.15). */
  readonly parentProbability?: number;
  /**
   * The probability of each child, given its parent: from 0 to 1/3, because there are three and at most one is active
   * (0.2).
   */
  readonly childProbability?: number;
}

const OPTION_KEYS = Object.keys(
  {
    seed: true,
    inputSize: true,
    parentProbability: true,
    childProbability: true,
  } satisfies Record<keyof ToyTreeOptions, true>,
);

/** A parent feature and its children, as indices of features. */
export interface ToyTreeParent {
  /** The feature of the parent. */
  readonly parent: number;
  /** The features of its children, of which at most one is active. */
  readonly children: readonly number[];
}

/** A batch of {@linkcode ToyTree} samples with the features that produced it. */
export interface ToyTreeSample {
  /** The inputs, [rows, d]. */
  readonly batch: Float32Array;
  /** 1 where a feature is active, [rows, 20]. */
  readonly features: Uint8Array;
}

/**
 * Twenty binary features along orthogonal directions; an input is the sum of its active directions.
 *
 * Three parents are active with probability 0.15. If a parent is active, each of its three children is the active
 * one with probability 0.2, and none is with 0.4. Eight more features are independent, with 0.05. So 3·0.15·(1 + 3·0.2) + 8·0.05 = 1.12
 * features are active on average. The order is (parent, child, child, child) three times, then the independent ones.
 * {@linkcode ToyTreeOptions} can change the probabilities of parents and children.
 *
 * After `tree.json` of https://github.com/noanabeshima/matryoshka-saes, whose target L0 of 1.2338 is not the mean of
 * this tree.
 *
 * @example
 * ```ts
 * import { Random, ToyTree } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const tree = ToyTree.create({ seed: 1 });
 * const { batch, features } = tree.sample(200, Random.fromSeed(1, 1));
 * assertEquals(batch.length, 200 * tree.inputSize);
 * assertEquals(features.length, 200 * tree.featureCount);
 * ```
 */
export class ToyTree {
  /** The directions, [20, d]: orthogonal, with norms 1 + 0.05·normal. */
  readonly directions: Float32Array;
  /** The size of an input, d. */
  readonly inputSize: number;
  /** The number of features, 20. */
  readonly featureCount: number = FEATURES;
  /** The probability of a parent. */
  readonly parentProbability: number;
  /** The probability of each child, given its parent. */
  readonly childProbability: number;
  /** The mean number of active features: 1.12 unless probabilities were given. */
  readonly expectedL0: number;
  /** The three parents with their children. */
  readonly parents: readonly ToyTreeParent[] = Array.from({ length: TREES }, (_, tree) => {
    const parent = tree * (1 + CHILDREN);
    return { parent, children: Array.from({ length: CHILDREN }, (_, c) => parent + 1 + c) };
  });

  private constructor(directions: Float32Array, options: Required<ToyTreeOptions>) {
    this.directions = directions;
    this.inputSize = options.inputSize;
    this.parentProbability = options.parentProbability;
    this.childProbability = options.childProbability;
    this.expectedL0 = TREES * this.parentProbability * (1 + CHILDREN * this.childProbability) +
      INDEPENDENT * INDEPENDENT_PROBABILITY;
  }

  /**
   * Creates a tree with random directions.
   *
   * @param options seed, size and probabilities, all of which have defaults
   * @throws {RangeError} if d is not an integer of at least 20, or the seed or a probability is out of range
   * @throws {TypeError} if an option has the wrong type or is unknown
   *
   * @example Children that nearly always accompany their parent
   * ```ts
   * import { ToyTree } from "@matryoshka/sae";
   * import { assertAlmostEquals } from "@std/assert";
   *
   * const tree = ToyTree.create({ childProbability: 0.3 });
   * assertAlmostEquals(tree.expectedL0, 3 * 0.15 * (1 + 3 * 0.3) + 8 * 0.05);
   * ```
   */
  static create(options: ToyTreeOptions = {}): ToyTree {
    checkObject(options, "options", CREATE);
    checkKeys(options, OPTION_KEYS, CREATE);
    const {
      seed = 0,
      inputSize = FEATURES,
      parentProbability = PARENT_PROBABILITY,
      childProbability = CHILD_PROBABILITY,
    } = options;
    // Orthogonal directions need as many dimensions.
    checkInteger(inputSize, "inputSize", CREATE, FEATURES);
    checkArraySize({ featureCount: FEATURES, inputSize }, CREATE);
    checkNumber(parentProbability, "parentProbability", CREATE, { least: 0, most: 1 });
    checkNumber(childProbability, "childProbability", CREATE, { least: 0, most: 1 / CHILDREN });
    const directions = orthogonalDirections(inputSize, Random.fromSeed(seed, STREAMS.toyTree));
    return new ToyTree(directions, { seed, inputSize, parentProbability, childProbability });
  }

  /**
   * Draws samples. Every row takes the same number of random draws, whatever they give.
   *
   * @param rows the number of samples
   * @param random the generator, which is advanced
   * @throws {RangeError} if rows is not an integer of at least 1
   * @throws {TypeError} if rows is not a number, or random is not a Random
   */
  sample(rows: number, random: Random): ToyTreeSample {
    checkInteger(rows, "rows", "sample the toy tree");
    const { inputSize } = this;
    checkArraySize({ rows, inputSize }, "sample the toy tree");
    checkMethods(random, ["uniform"], "random", "a Random", "sample the toy tree");
    const batch = makeArray(Float32Array, { rows, inputSize }, "sample the toy tree");
    const features = new Uint8Array(rows * FEATURES);
    for (let b = 0; b < rows; b++) this.#activate(features.subarray(b * FEATURES), random);
    this.#embed(features, batch);
    return { batch, features };
  }

  /**
   * Yields endless batches: inputs [rows, d] from {@linkcode ToyTree.sample}.
   *
   * @param rows rows in each batch
   * @param random the generator, which is advanced with each batch
   */
  async *batches(rows: number, random: Random): AsyncGenerator<Float32Array, void, void> {
    while (true) yield this.sample(rows, random).batch;
  }

  #activate(features: Uint8Array, random: Random): void {
    for (const { parent, children } of this.parents) {
      const on = random.uniform() < this.parentProbability;
      const choice = Math.floor(random.uniform() / this.childProbability);
      if (!on) continue;
      features[parent] = 1;
      if (choice < CHILDREN) features[children[choice]] = 1;
    }
    for (let i = FEATURES - INDEPENDENT; i < FEATURES; i++) {
      if (random.uniform() < INDEPENDENT_PROBABILITY) features[i] = 1;
    }
  }

  /** Adds the directions of the active features to each row of a batch of zeros. */
  #embed(features: Uint8Array, batch: Float32Array): void {
    const d = this.inputSize;
    for (let b = 0; b < batch.length / d; b++) {
      for (let i = 0; i < FEATURES; i++) {
        if (features[b * FEATURES + i] === 0) continue;
        for (let k = 0; k < d; k++) batch[b * d + k] += this.directions[i * d + k];
      }
    }
  }
}

function orthogonalDirections(d: number, random: Random): Float32Array {
  const rows: Float64Array[] = [];
  for (let i = 0; i < FEATURES; i++) {
    const row = Float64Array.from({ length: d }, () => random.normal());
    // One pass of modified Gram–Schmidt in float64: its error is far below the rounding to float32.
    for (const other of rows) {
      const along = dot(row, other);
      for (let k = 0; k < d; k++) row[k] -= along * other[k];
    }
    const norm = Math.sqrt(dot(row, row));
    for (let k = 0; k < d; k++) row[k] /= norm;
    rows.push(row);
  }
  const directions = new Float32Array(FEATURES * d);
  rows.forEach((row, i) => {
    const norm = 1 + NORM_SPREAD * random.normal();
    for (let k = 0; k < d; k++) directions[i * d + k] = norm * row[k];
  });
  return directions;
}
