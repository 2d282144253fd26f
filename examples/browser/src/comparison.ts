/** Trains a vanilla and a Matryoshka autoencoder step by step on the same samples. */

import { authorCode, type Backend, Random, ToyTree, Trainer } from "@matryoshka/sae";
import { count } from "./format.ts";
import { explore } from "./exploration.ts";
import { measure } from "./measure.ts";
import type { ModelSnapshot, Pieces, Snapshot } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import { STEPS, worldOf } from "./world.ts";

const BATCH_ROWS = 200;
/** Steps that remain at least when a setting changes, so that the new value has time to show. */
const STEPS_AFTER_CHANGE = 4_000;
/** λ follows its target three times as fast as the author's, for people who watch. */
const SPARSITY_RATE = 1e-3;
/** Held-out rows: about sixty with each child. */
const FRESH_ROWS = 2000;

type Trainers = Readonly<Record<"vanilla" | "matryoshka", Trainer>>;

/** Both autoencoders on one backend. Dispose it when done. */
export class Comparison implements Disposable {
  readonly #backend: Backend;
  readonly #random: Random;
  #settings: Settings;
  #steps = STEPS;
  #tree: ToyTree;
  #fresh: ReturnType<ToyTree["sample"]>;
  #trainers: Trainers;

  private constructor(backend: Backend, settings: Settings, trainers: Trainers) {
    this.#backend = backend;
    this.#settings = settings;
    this.#trainers = trainers;
    this.#tree = treeOf(settings);
    this.#fresh = freshRows(this.#tree, settings);
    this.#random = Random.fromSeed(settings.seed, 4);
  }

  /** Makes both autoencoders with the same initial parameters. */
  static async create(backend: Backend, settings: Settings): Promise<Comparison> {
    const make = (prefixes: number) =>
      Trainer.create(backend, trainerOptions(settings, STEPS, prefixes));
    const vanilla = await make(1);
    const matryoshka = await make(settings.prefixes);
    return new Comparison(backend, settings, { vanilla, matryoshka });
  }

  /** Steps taken. */
  get step(): number {
    return this.#trainers.matryoshka.stepCount;
  }

  /** Whether all steps are taken. */
  get finished(): boolean {
    return this.step >= this.#steps;
  }

  /** Goes on with other settings, and with enough steps for them to show. Seed and latents stay. */
  async tune(settings: Settings): Promise<void> {
    const steps = Math.max(this.#steps, this.step + STEPS_AFTER_CHANGE);
    const { vanilla, matryoshka } = this.#trainers;
    const next = (trainer: Trainer, prefixes: number) =>
      continued(this.#backend, trainer, trainerOptions(settings, steps, prefixes));
    this.#trainers = {
      vanilla: await next(vanilla, 1),
      matryoshka: await next(matryoshka, settings.prefixes),
    };
    this.#settings = settings;
    this.#steps = steps;
    this.#tree = treeOf(settings);
    this.#fresh = freshRows(this.#tree, settings);
  }

  /** Takes one step with each autoencoder. */
  async advance(): Promise<void> {
    const { batch } = this.#tree.sample(BATCH_ROWS, this.#random);
    await this.#trainers.vanilla.step(batch);
    await this.#trainers.matryoshka.step(batch);
  }

  /** Measures both autoencoders on held-out rows. */
  async measure(): Promise<Omit<Snapshot, "seconds">> {
    const { prefixes } = worldOf(this.#settings);
    const snapshot = async (trainer: Trainer): Promise<ModelSnapshot> => {
      const { loss } = await trainer.metrics();
      const parameters = await trainer.rawParameters();
      return {
        loss,
        ...await measure(this.#backend, parameters, this.#tree, this.#fresh, prefixes),
      };
    };
    const { vanilla, matryoshka } = this.#trainers;
    return {
      step: this.step,
      steps: this.#steps,
      vanilla: await snapshot(vanilla),
      matryoshka: await snapshot(matryoshka),
    };
  }

  /** Explores the Matryoshka autoencoder on held-out rows. */
  async explore(): Promise<Pieces> {
    const parameters = await this.#trainers.matryoshka.rawParameters();
    const title = `Matryoshka SAE after ${count(this.step)} steps`;
    return await explore(this.#backend, parameters, this.#fresh, worldOf(this.#settings), title);
  }

  /** Frees both autoencoders. */
  [Symbol.dispose](): void {
    this.#trainers.vanilla[Symbol.dispose]();
    this.#trainers.matryoshka[Symbol.dispose]();
  }
}

function treeOf({ seed, parents, children }: Settings): ToyTree {
  return ToyTree.create({
    seed,
    parentProbability: parents / 100,
    // Each of the three children is as likely as the others.
    childProbability: children / 300,
  });
}

function freshRows(tree: ToyTree, { seed }: Settings): ReturnType<ToyTree["sample"]> {
  return tree.sample(FRESH_ROWS, Random.fromSeed(seed, 5));
}

function trainerOptions(settings: Settings, steps: number, prefixes: number) {
  const { latents, l0, seed } = settings;
  const options = authorCode({
    inputSize: 20,
    latentCount: latents,
    steps,
    targetL0: l0,
    prefixCount: Math.min(prefixes, latents),
    seed,
  });
  return { ...options, sparsityRate: SPARSITY_RATE };
}

/** Returns a trainer with other options that goes on where `trainer` stands, and disposes `trainer`. */
async function continued(
  backend: Backend,
  trainer: Trainer,
  options: ReturnType<typeof trainerOptions>,
): Promise<Trainer> {
  const state = await trainer.state();
  // A state is resumed with the options that it names, so it has to name the new ones.
  const fresh = await Trainer.create(backend, options);
  const { options: record } = await fresh.state();
  fresh[Symbol.dispose]();
  const next = await Trainer.resume(backend, options, { ...state, options: record });
  trainer[Symbol.dispose]();
  return next;
}
