/**
 * A step on paper: the work of its large kernels, the least time that a card needs for it, and the memory it holds.
 *
 * @module
 */
import type { Shape } from "../../harness/problem.ts";

/** The work of a kernel in one step. */
export interface KernelWork {
  readonly kernel: string;
  /** Its stages in the profiles of `bench/gpu.ts`. */
  readonly stages: readonly string[];
  /** Floating-point operations: a multiply-add is two. */
  readonly flops: number;
  /** Bytes that memory must move even if caches were perfect: every operand once. */
  readonly bytes: number;
  /** Bytes of rows that are gathered for each active latent: they come from a cache or from memory. */
  readonly gathered: number;
}

/** What a card can do. */
export interface Rates {
  readonly flops: number;
  readonly bandwidth: number;
}

/** Returns the large kernels of a step. Those left out work on vectors of N, d or B numbers, or on lists of codes. */
export function kernelsOf(shape: Shape, algorithm: "dense" | "sparse"): KernelWork[] {
  const { B, d, N } = shape;
  const weights = 4 * N * d;
  return [
    ...algorithm === "dense" ? denseKernels(shape) : sparseKernels(shape),
    {
      kernel: "norm of the gradient",
      stages: ["globalNorm: square_sums"],
      flops: 0,
      bytes: 2 * weights,
      gathered: 0,
    },
    // Parameters, gradients and both moments are read, all but the gradients written.
    { kernel: "Adam", stages: ["adam"], flops: 0, bytes: 14 * weights, gathered: 0 },
    {
      kernel: "norms of D",
      stages: ["rowNorms"],
      flops: 0,
      bytes: weights + 4 * B * d,
      gathered: 0,
    },
  ];
}

function sparseKernels({ B, d, N, P, active }: Shape): KernelWork[] {
  const [rows, weights, sums] = [4 * B * d, 4 * N * d, 4 * P * B * d];
  const products = 2 * B * active * d;
  const gathered = 4 * B * active * d;
  return [
    {
      kernel: "encode",
      stages: ["encodeSparse: encode"],
      flops: 2 * B * d * N,
      bytes: rows + weights + B * N / 8,
      gathered: 0,
    },
    {
      kernel: "residuals and G",
      stages: ["sparseReverseSums: residual_start", "sparseReverseSums"],
      flops: products,
      // x is read; G is written, read back and written scaled.
      bytes: rows + 2 * sums,
      gathered,
    },
    {
      kernel: "gradient of activations",
      stages: ["sparseLatentGradients: entry_gradients"],
      flops: products,
      bytes: sums,
      gathered,
    },
    {
      kernel: "gradients of E and D",
      stages: ["sparseLatentGradients", "sparseLatentGradients: sparse_latent_gradients_rest"],
      flops: 2 * products,
      bytes: 2 * weights + rows + sums,
      gathered: 2 * gathered,
    },
  ];
}

function denseKernels({ B, d, N, P }: Shape): KernelWork[] {
  const [rows, weights, sums, activations] = [4 * B * d, 4 * N * d, 4 * P * B * d, 4 * B * N];
  const product = { flops: 2 * B * d * N, gathered: 0 };
  const pass = { flops: 0, gathered: 0 };
  return [
    { ...product, kernel: "encode", stages: ["encode"], bytes: rows + weights + activations },
    { ...pass, kernel: "sums over latents", stages: ["latentSums"], bytes: activations },
    {
      ...product,
      kernel: "residuals",
      stages: ["prefixResiduals"],
      bytes: activations + weights + rows + sums,
    },
    { ...pass, kernel: "G", stages: ["reverseSums"], bytes: 2 * sums },
    {
      ...product,
      kernel: "gradient of activations",
      stages: ["activationGradient"],
      bytes: weights + sums + 2 * activations,
    },
    {
      ...pass,
      kernel: "penalty's pull on D",
      stages: ["decoderGradient: latent_pull"],
      bytes: activations,
    },
    {
      ...product,
      kernel: "gradient of D",
      stages: ["decoderGradient"],
      bytes: activations + sums + 2 * weights,
    },
    {
      ...product,
      kernel: "gradient of E",
      stages: ["encoderGradient: decoder_gradient"],
      bytes: activations + rows + weights,
    },
  ];
}

/** The least time of a kernel, and what sets it. */
export interface Floor {
  readonly seconds: number;
  readonly limit: "multiply-adds" | "bandwidth";
}

/** Returns the least time at these rates. Gathers count as if caches held nothing. */
export function floorOf({ flops, bytes, gathered }: KernelWork, rates: Rates): Floor {
  const compute = flops / rates.flops;
  const memory = (bytes + gathered) / rates.bandwidth;
  return compute > memory
    ? { seconds: compute, limit: "multiply-adds" }
    : { seconds: memory, limit: "bandwidth" };
}

/** The memory of a step's large buffers. */
export interface HeldMemory {
  /** E and D with gradients and both moments. */
  readonly weights: number;
  /** f and ∂pre [B, N]: of the dense algorithm, or of the sparse one for steps that overflow. */
  readonly activations: number;
  /** G [P, B, d]. */
  readonly sums: number;
  /** The batch, as it came and scaled. */
  readonly rows: number;
}

/** Returns the bytes of each. What is left out grows with N + d + B, or is the codes of the active latents. */
export function heldMemory({ B, d, N, P }: Omit<Shape, "active">): HeldMemory {
  return { weights: 32 * N * d, activations: 8 * B * N, sums: 4 * P * B * d, rows: 8 * B * d };
}

/** The share of a card's memory that a step may take: the rest is for the desktop, the driver and codes. */
export const USABLE = 0.85;

/** Returns the least number of ranks on such cards: latents are divided, G and the batch are whole on each. */
export function ranksNeeded(shape: Omit<Shape, "active">, memory: number): number {
  const { weights, activations, sums, rows } = heldMemory(shape);
  const left = USABLE * memory - sums - rows;
  return left <= 0 ? Infinity : Math.ceil((weights + activations) / left);
}
