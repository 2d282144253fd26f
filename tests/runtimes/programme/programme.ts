/**
 * The small programme that runs in every runtime: it uses the package as any application would, and
 * compares with figures that it is given.
 *
 * @module
 */
import type * as sae from "@matryoshka/sae";
import { relativeError } from "../../relative_error.ts";

/** What the programme uses; `./wasm` and `./webgpu` have it too. */
export type Library = Pick<
  typeof sae,
  "matryoshkaLoss" | "Random" | "SparseAutoencoder" | "ToyTree" | "Trainer"
>;

/** What it is given. */
export interface Problem {
  /** x [B, d]. */
  readonly batch: number[];
  readonly prefixes: number[];
  /** The kind of loss. */
  readonly options: Omit<sae.LossOptions, "prefixes">;
  /** The golden vector: figures in float64 of the autoencoder in `sae.safetensors` on the batch. */
  readonly expected: {
    readonly loss: number;
    /** f [B, N]. */
    readonly activations: number[];
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
  readonly lossError: number;
  /** The same of the activations that `encode` gives. */
  readonly codesError: number;
  /** The same of the squared errors and L0 of what `decode` gives at each prefix. */
  readonly decodeError: number;
  /** Losses of the first and the last of the training steps. */
  readonly trained: [number, number];
}

/** Steps that are trained. */
const STEPS = 50;

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
    const world = ToyTree.create({ seed: 1 });
    const random = Random.fromSeed(2);
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

/** Activations of codes [B, N], and the mean squared error and L0 of each prefix of them. */
async function reconstruct(
  autoencoder: sae.SparseAutoencoder,
  batch: Float32Array,
  prefixes: number[],
) {
  const codes = await autoencoder.encode(batch);
  const rows = codes.rows;
  const activations = new Float32Array(rows * codes.latentCount);
  for (let b = 0; b < rows; b++) {
    for (let e = codes.rowOffsets[b]; e < codes.rowOffsets[b + 1]; e++) {
      activations[b * codes.latentCount + codes.indices[e]] = codes.values[e];
    }
  }
  const squaredErrors: number[] = [];
  const l0: number[] = [];
  for (const prefix of prefixes) {
    const decoded = await autoencoder.decode(codes, { prefix });
    squaredErrors.push(decoded.reduce((sum, x, i) => sum + (x - batch[i]) ** 2, 0) / rows);
    l0.push(codes.indices.filter((latent) => latent < prefix).length / rows);
  }
  return { activations, squaredErrors, l0 };
}

/** Loads the checkpoint of a server, and computes. */
export async function programme(
  library: Library,
  backend: sae.Backend,
  address: string,
): Promise<Figures> {
  const problem: Problem = await (await fetch(new URL("/problem.json", address))).json();
  const batch = Float32Array.from(problem.batch);
  const { expected, options, prefixes } = problem;
  const checkpoint = new URL("/sae.safetensors", address);
  const autoencoder = await library.SparseAutoencoder.load(backend, checkpoint);
  try {
    const result = await library.matryoshkaLoss(backend, await autoencoder.parameters(), batch, {
      ...options,
      prefixes,
    });
    const errors = [relativeError([result.loss], [expected.loss])];
    for (const name of ["encoder", "encoderBias", "decoder", "decoderBias"] as const) {
      errors.push(relativeError(result.gradients[name], expected.gradients[name]));
    }
    const { activations, squaredErrors, l0 } = await reconstruct(autoencoder, batch, prefixes);
    return {
      loss: result.loss,
      lossError: Math.max(...errors),
      codesError: relativeError(activations, expected.activations),
      decodeError: Math.max(
        relativeError(squaredErrors, expected.squaredErrors),
        relativeError(l0, expected.l0),
      ),
      trained: await train(library, backend),
    };
  } finally {
    autoencoder[Symbol.dispose]();
  }
}
