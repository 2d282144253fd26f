/** Trains a vanilla and a Matryoshka autoencoder step by step on the same samples. */

import { authorCode, type Backend, Random, ToyTree, Trainer } from "@matryoshka/sae";
import { measure } from "./measure.ts";
import type { ModelSnapshot, World } from "./protocol.ts";

const SEED = 0;
/** Half as many as the author's; the difference shows in the first tenth. */
const STEPS = 8_000;
const BATCH_ROWS = 200;
/** One latent per feature. */
const LATENTS = 20;
/** One latent for each parent, two for each parent, one for each feature of the trees and one more, and all. */
const PREFIXES = [3, 6, 13, LATENTS];
/** The author's target: https://github.com/noanabeshima/matryoshka-saes. */
const TARGET_L0 = 1.2338;
/** Held-out rows: about sixty with each child. */
const FRESH_ROWS = 2000;

/** Both autoencoders on one backend. Dispose it when done. */
export class Comparison implements Disposable {
  readonly #backend: Backend;
  readonly #tree: ToyTree;
  readonly #trainers: { readonly vanilla: Trainer; readonly matryoshka: Trainer };
  readonly #random = Random.fromSeed(SEED, 4);
  readonly #fresh: ReturnType<ToyTree["sample"]>;

  private constructor(backend: Backend, tree: ToyTree, vanilla: Trainer, matryoshka: Trainer) {
    this.#backend = backend;
    this.#tree = tree;
    this.#trainers = { vanilla, matryoshka };
    this.#fresh = tree.sample(FRESH_ROWS, Random.fromSeed(SEED, 5));
  }

  /** Makes both autoencoders with the same initial parameters. */
  static async create(backend: Backend): Promise<Comparison> {
    const tree = ToyTree.create({ seed: SEED });
    const make = (prefixCount: number) =>
      Trainer.create(
        backend,
        authorCode({
          inputSize: tree.inputSize,
          latentCount: LATENTS,
          steps: STEPS,
          targetL0: TARGET_L0,
          prefixCount,
          seed: SEED,
        }),
      );
    return new Comparison(backend, tree, await make(1), await make(10));
  }

  /** The features to learn. */
  get world(): World {
    const { parents } = this.#tree;
    const features = featureNames(this.#tree);
    return { features, parents, latentCount: LATENTS, prefixes: PREFIXES, steps: STEPS };
  }

  /** Steps taken. */
  get step(): number {
    return this.#trainers.matryoshka.stepCount;
  }

  /** Whether all steps are taken. */
  get finished(): boolean {
    return this.step >= STEPS;
  }

  /** Takes one step with each autoencoder. */
  async advance(): Promise<void> {
    const { batch } = this.#tree.sample(BATCH_ROWS, this.#random);
    await this.#trainers.vanilla.step(batch);
    await this.#trainers.matryoshka.step(batch);
  }

  /** Measures both autoencoders on held-out rows. */
  async measure(): Promise<{ vanilla: ModelSnapshot; matryoshka: ModelSnapshot }> {
    const snapshot = async (trainer: Trainer): Promise<ModelSnapshot> => {
      const { loss } = await trainer.metrics();
      const parameters = await trainer.rawParameters();
      const measured = await measure(
        this.#backend,
        parameters,
        this.#tree,
        this.#fresh,
        PREFIXES,
      );
      return { loss, ...measured };
    };
    const { vanilla, matryoshka } = this.#trainers;
    return { vanilla: await snapshot(vanilla), matryoshka: await snapshot(matryoshka) };
  }

  /** Frees both autoencoders. */
  [Symbol.dispose](): void {
    this.#trainers.vanilla[Symbol.dispose]();
    this.#trainers.matryoshka[Symbol.dispose]();
  }
}

/** Returns "parent A", "child A1", … for the features of the trees and "single 1", … for the others. */
function featureNames(tree: ToyTree): string[] {
  const names: string[] = [];
  tree.parents.forEach(({ parent, children }, t) => {
    const letter = String.fromCharCode("A".charCodeAt(0) + t);
    names[parent] = `parent ${letter}`;
    children.forEach((child, c) => names[child] = `child ${letter}${c + 1}`);
  });
  const inTrees = names.length;
  for (let f = inTrees; f < tree.featureCount; f++) names[f] = `single ${f - inTrees + 1}`;
  return names;
}
