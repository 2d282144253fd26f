/**
 * The small programme that runs in every runtime: it uses the package as an application does, and compares the
 * results with those of the problem.
 *
 * @module
 */
import type * as sae from "@matryoshka/sae";
import { relativeError } from "../../relative_error.ts";

/** The exports that the programme uses; `./wasm` and `./webgpu` have them, too. */
export type Library = Pick<
  typeof sae,
  "matryoshkaLoss" | "Random" | "SparseAutoencoder" | "ToyTree" | "Trainer"
>;

/** The problem to solve. */
export interface Problem {
  /** x [B, d]. */
  readonly batch: number[];
  readonly prefixes: number[];
  /** The other options of the loss. */
  readonly options: Omit<sae.LossOptions, "prefixes">;
  /** The golden vector: float64 results of the autoencoder in `sae.safetensors` on the batch. */
  readonly expected: {
    readonly loss: number;
    /** f [B, N]. */
    readonly activations: number[];
    readonly squaredErrors: number[];
    readonly l0: number[];
    readonly gradients: Record<"encoder" | "encoderBias" | "decoder" | "decoderBias", number[]>;
  };
}

/** The results of the programme. */
export interface Figures {
  /** The loss of the batch. */
  readonly loss: number;
  /** The largest relative error among the loss and the gradients. */
  readonly lossError: number;
  /** The relative error of the activations from `encode`. */
  readonly codesError: number;
  /** The largest relative error of squared error and L0 over the prefixes, from `decode`. */
  readonly decodeError: number;
  /** The losses of the first and the last training step. */
  readonly trained: [number, number];
}

/** Training steps. */
const STEPS = 50;

/** Trains 50 steps on the toy world and returns the losses of the first and the last. */
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

/** Encodes and decodes: returns the activations [B, N], and the squared error and L0 of each prefix. */
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

/** Loads the checkpoint from a server, and computes all figures. */
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
