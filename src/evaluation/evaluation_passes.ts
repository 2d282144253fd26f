/**
 * Forward passes of an evaluation: measure the residual of each prefix, and which latents are active.
 *
 * @module
 */
import type { Backend, Program } from "../../kernels/kernel.ts";
import { type InferenceOptions, resolveSae } from "../inference/options.ts";
import { Runner } from "../inference/runner.ts";
import type { ResolvedLoss } from "../step/loss_options.ts";
import { squaredErrorSum } from "./metrics/reconstruction.ts";
import type { SaeParameters } from "../model/parameters.ts";
import { sparseRoom } from "../step/algorithm_choice.ts";
import { recordStep } from "../step/step_recording.ts";
import { recordRowNorms, type StepTensors, stepTensors } from "../step/step_tensors.ts";
import { type ParameterTensors, Workspace } from "../step/workspace.ts";

/**
 * The share of latents that there is room for if the number of active ones is not known. A batch with more is
 * computed densely.
 */
const UNKNOWN_ROOM = 1 / 8;

/** The sums over one batch. */
export interface PassResult {
  /** The squared residuals of each prefix, summed over features and rows: [P]. */
  readonly errors: Float64Array;
  /** The number of rows in which each latent is active: [N]. */
  readonly counts: ArrayLike<number>;
}

/** Runs an autoencoder over one batch after another. */
export interface ForwardPass extends Disposable {
  run(batch: Float32Array, rows: number): Promise<PassResult>;
}

/** The bounds and weights of prefixes, as kernels take them. */
interface PrefixData {
  readonly bounds: Uint32Array;
  readonly weights: Float64Array;
}

interface RecordedPass {
  readonly rows: number;
  readonly workspace: Workspace;
  readonly tensors: StepTensors;
  readonly program: Program;
}

/** Measures all prefixes by the kernels of a training step, without its gradients. */
export class KernelPass implements ForwardPass {
  readonly #backend: Backend;
  readonly #loss: ResolvedLoss;
  readonly #prefixes: PrefixData;
  readonly #shared: Workspace;
  readonly #model: ParameterTensors;
  readonly #threshold: StepTensors["threshold"];
  #recorded: RecordedPass | undefined;

  constructor(
    backend: Backend,
    parameters: SaeParameters,
    loss: ResolvedLoss,
    prefixes: PrefixData,
  ) {
    const { inputSize: d, latentCount: N } = parameters;
    this.#backend = backend;
    this.#loss = loss;
    this.#prefixes = prefixes;
    this.#shared = new Workspace(backend);
    try {
      this.#model = this.#shared.parameters(d, N, parameters);
      this.#threshold = this.#shared.filled(loss.threshold ?? new Float32Array(N), N);
    } catch (error) {
      this.#shared[Symbol.dispose]();
      throw error;
    }
  }

  async run(batch: Float32Array, rows: number): Promise<PassResult> {
    const backend = this.#backend;
    if (this.#recorded?.rows !== rows) {
      this.#forget();
      this.#recorded = await this.#record(rows);
      backend.write(this.#recorded.tensors.bounds, this.#prefixes.bounds);
      backend.write(this.#recorded.tensors.weights, this.#prefixes.weights);
    }
    const { tensors, program } = this.#recorded;
    backend.write(tensors.input, batch);
    backend.submit(program);
    const means = await backend.read(tensors.squaredErrors);
    const errors = Float64Array.from(means, (mean) => mean * rows);
    return { errors, counts: await backend.read(tensors.counts) };
  }

  async #record(B: number): Promise<RecordedPass> {
    const [N, d] = this.#model.encoder.shape;
    const workspace = new Workspace(this.#backend);
    try {
      const sizes = { B, d, N, P: this.#prefixes.bounds.length };
      const loss = this.#loss;
      const tensors = stepTensors(workspace, sizes, {
        model: this.#model,
        threshold: this.#threshold,
        coefficient: workspace.f32(1),
      });
      const parts = { sizes, loss, tensors, room: roomFor(loss, B, N) };
      const program = workspace.own(
        await this.#backend.record((r) => {
          recordRowNorms(r, tensors);
          recordStep(r, workspace, parts);
        }),
      );
      return { rows: B, workspace, tensors, program };
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  #forget(): void {
    this.#recorded?.workspace[Symbol.dispose]();
    this.#recorded = undefined;
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#shared[Symbol.dispose]();
  }
}

/** Returns the active latents that there is room for, or undefined for the dense algorithm. */
function roomFor(loss: ResolvedLoss, B: number, N: number): number | undefined {
  const room = sparseRoom(loss, N, "auto");
  if (room === undefined) return undefined;
  return B * (loss.k > 0 ? room : Math.ceil(room * UNKNOWN_ROOM));
}

/**
 * Encodes once and decodes at each prefix, and takes residuals in the units of the rows. It does without
 * `SparseAutoencoder`, which would bring the readers of all formats into a bundle.
 */
export class CodesPass implements ForwardPass {
  readonly #runner: Runner;
  readonly #bounds: Uint32Array;
  readonly #task: string;

  constructor(
    backend: Backend,
    parameters: SaeParameters,
    bounds: Uint32Array,
    { task, ...options }: Omit<InferenceOptions, "prefixes"> & { readonly task: string },
  ) {
    this.#runner = Runner.create(backend, parameters, resolveSae(parameters, options, task));
    this.#bounds = bounds;
    this.#task = task;
  }

  async run(batch: Float32Array): Promise<PassResult> {
    const codes = await this.#runner.encode(batch, this.#task);
    const errors = new Float64Array(this.#bounds.length);
    for (const [j, prefix] of this.#bounds.entries()) {
      const reconstruction = await this.#runner.decode(codes, prefix, this.#task);
      errors[j] = squaredErrorSum(batch, reconstruction);
    }
    const counts = new Uint32Array(this.#runner.latentCount);
    for (const latent of codes.indices) counts[latent]++;
    return { errors, counts };
  }

  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
  }
}
