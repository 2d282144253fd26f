/**
 * The forward pass of an evaluation whose latents are spread over ranks.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import type { Communicator } from "../distributed/communicator.ts";
import { keepBatchTopk, keepTopk } from "../distributed/selection.ts";
import type { Range } from "../distributed/shares.ts";
import { type InferenceOptions, resolveSae } from "../inference/options.ts";
import { Runner } from "../inference/runner.ts";
import type { Activation } from "../model/activation.ts";
import type { SparseCodes } from "../model/codes.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { ForwardPass, PassResult } from "./evaluation_passes.ts";
import { squaredErrorSum } from "./metrics/reconstruction.ts";

/** Where the latents of a rank belong. */
export interface SharePlace {
  /** The ranks that share the latents, in the order of these. */
  readonly communicator: Communicator;
  /** The latents of this rank. */
  readonly latents: Range;
  /** N, over all ranks. */
  readonly latentCount: number;
  /** The lengths of all prefixes: [P]. */
  readonly bounds: Uint32Array;
}

/**
 * Measures the prefixes that end among this rank's latents, as a training step over ranks does: it encodes with its own
 * latents, keeps what a selection over all ranks keeps, and decodes on top of what the ranks before it have summed.
 */
export class SharePass implements ForwardPass {
  readonly #runner: Runner;
  readonly #place: SharePlace;
  readonly #activation: Activation;
  readonly #decoderBias: Float32Array;
  readonly #task: string;

  constructor(
    backend: Backend,
    parameters: SaeParameters,
    place: SharePlace,
    { task, ...options }: Omit<InferenceOptions, "prefixes"> & { readonly task: string },
  ) {
    const { activation = { kind: "relu" } } = options;
    const own = { ...options, activation: within(activation, parameters.latentCount) };
    this.#runner = Runner.create(backend, parameters, resolveSae(parameters, own, task));
    this.#place = place;
    this.#activation = activation;
    this.#decoderBias = parameters.decoderBias;
    this.#task = task;
  }

  /** Measures a batch, the same on all ranks. Collective. Errors of prefixes that end on other ranks are 0. */
  async run(batch: Float32Array, rows: number): Promise<PassResult> {
    const { communicator, latents: { from, to }, bounds } = this.#place;
    const codes = await this.#select(await this.#runner.encode(batch, this.#task), rows);
    // x minus the sum of all latents before: the residual that this rank's latents are to explain, beside c.
    const base = await this.#runner.decode(codes, to - from, this.#task);
    const d = this.#decoderBias.length;
    for (let i = 0; i < base.length; i++) base[i] -= this.#decoderBias[i % d];
    await communicator.exclusiveScan(base);
    for (let i = 0; i < base.length; i++) base[i] = batch[i] - base[i];
    const errors = new Float64Array(bounds.length);
    for (const [j, bound] of bounds.entries()) {
      if (bound <= from || bound > to) continue;
      const reconstruction = await this.#runner.decode(codes, bound - from, this.#task);
      errors[j] = squaredErrorSum(base, reconstruction);
    }
    const counts = new Uint32Array(to - from);
    for (const latent of codes.indices) counts[latent]++;
    return { errors, counts };
  }

  /** Keeps what the selection over all latents keeps. */
  async #select(codes: SparseCodes, rows: number): Promise<SparseCodes> {
    const { communicator, latents, latentCount } = this.#place;
    const { kind } = this.#activation;
    if (kind !== "topk" && kind !== "batchtopk") return codes;
    const { k } = this.#activation as { readonly k: number };
    if (kind === "topk") await keepTopk(communicator, codes, k);
    else {
      const place = { count: k * rows, firstRow: 0, firstLatent: latents.from, latentCount };
      await keepBatchTopk(communicator, codes, place);
    }
    const count = codes.rowOffsets[rows];
    const { indices, values } = codes;
    return { ...codes, indices: indices.slice(0, count), values: values.slice(0, count) };
  }

  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
  }
}

/** Returns the activation among these latents alone, which keeps at least what the one among all latents keeps. */
function within(activation: Activation, latentCount: number): Activation {
  return "k" in activation ? { ...activation, k: Math.min(activation.k, latentCount) } : activation;
}
