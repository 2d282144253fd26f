/**
 * The small programme that runs in every runtime: it uses the package as any application would, and
 * compares with figures that it is given.
 *
 * @module
 */
import type * as sae from "@matryoshka/sae";

/** What the programme uses; `./wasm` and `./webgpu` have it too. */
export type Library = Pick<
  typeof sae,
  "evaluate" | "loadSae" | "matryoshkaLoss" | "Random" | "ToyTree" | "Trainer"
>;

/** What it is given. */
export interface Problem {
  /** x [B, d]. */
  readonly batch: number[];
  readonly options: sae.LossOptions;
  /** The golden vector: figures in float64 of the autoencoder in `sae.safetensors` on the batch. */
  readonly expected: {
    readonly loss: number;
    readonly squaredErrors: number[];
    readonly l0: number[];
    readonly gradients: Record<"encoder" | "encoderBias" | "decoder" | "decoderBias", number[]>;
  };
}

/** What it found. */
export interface Figures {
  /** Of the batch. */
  readonly loss: number;
  /** Largest error of the loss and the gradients, each relative to its largest magnitude. */
  readonly gradientError: number;
  /** The same of the reconstruction by each prefix. */
  readonly reconstructionError: number;
  /** Losses of the first and the last of the training steps. */
  readonly trained: [number, number];
  /** The format that the checkpoint was recognised as. */
  readonly format: string;
}

/** Steps that are trained. */
const STEPS = 50;

function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let error = 0, magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return error / magnitude;
}

/** Losses of the first and the last of 50 steps on the toy world. */
export async function train(
  { Random, ToyTree, Trainer }: Library,
  backend: sae.Backend,
): Promise<[number, number]> {
  const trainer = await Trainer.create(backend, {
    inputSize: 20,
    latentCount: 20,
    steps: STEPS,
    prefixCount: 5,
    targetL0: 1.2,
  });
  try {
    const world = ToyTree.create({ seed: 1 }), random = Random.fromSeed(2);
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      await trainer.step(world.sample(64, random).batch);
      if (step === 0 || step === STEPS - 1) losses.push((await trainer.metrics()).loss);
    }
    return losses as [number, number];
  } finally {
    trainer[Symbol.dispose]();
  }
}

/** Loads the checkpoint of a server, and computes. */
export async function programme(
  library: Library,
  backend: sae.Backend,
  address: string,
): Promise<Figures> {
  const problem: Problem = await (await fetch(new URL("/problem.json", address))).json();
  const checkpoint = await fetch(new URL("/sae.safetensors", address));
  const loaded = await library.loadSae(new Uint8Array(await checkpoint.arrayBuffer()));
  const batch = Float32Array.from(problem.batch), { expected, options } = problem;

  const result = await library.matryoshkaLoss(backend, loaded.parameters, batch, options);
  const errors = [relativeError([result.loss], [expected.loss])];
  for (const name of ["encoder", "encoderBias", "decoder", "decoderBias"] as const) {
    errors.push(relativeError(result.gradients[name], expected.gradients[name]));
  }

  async function* batches() {
    yield batch;
  }
  const { activation, subtractDecoderBias } = loaded;
  const { perPrefix } = await library.evaluate(backend, loaded.parameters, batches(), {
    activation,
    subtractDecoderBias,
    prefixes: options.prefixes,
  });
  return {
    loss: result.loss,
    gradientError: Math.max(...errors),
    reconstructionError: Math.max(
      relativeError(perPrefix.map(({ squaredError }) => squaredError), expected.squaredErrors),
      relativeError(perPrefix.map(({ l0 }) => l0), expected.l0),
    ),
    trained: await train(library, backend),
    format: loaded.source.format,
  };
}
