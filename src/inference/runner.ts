/**
 * Runs the calls of one autoencoder on a backend, one after the other.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBatch } from "../base/checks.ts";
import { checkCodes, type SparseCodes } from "../model/codes.ts";
import { prefixesWithin, prefixOfActivation } from "../model/latent_prefix.ts";
import type { SaeParameters } from "../model/parameters.ts";
import { readParameters, Workspace } from "../step/workspace.ts";
import { type Call, decodeChunks, encodeChunks } from "./chunks.ts";
import { Decoder } from "./decoding.ts";
import { Encoder, type ModelTensors, modelTensors } from "./encoding.ts";
import type { ResolvedSae } from "./options.ts";

/** An autoencoder on a backend: its weights, its programs, and the order of its calls. */
export class Runner implements Disposable {
  /** The autoencoder without its weights. */
  readonly sae: ResolvedSae;
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #model: ModelTensors;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  /** The autoencoder that holds the weights, if this is a prefix of it. */
  readonly #whole: Runner | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(
    backend: Backend,
    sae: ResolvedSae,
    whole: Runner | undefined,
    model: (w: Workspace) => ModelTensors,
  ) {
    this.sae = sae;
    this.#backend = backend;
    this.#whole = whole;
    this.#workspace = new Workspace(backend);
    try {
      this.#model = model(this.#workspace);
    } catch (error) {
      this.#workspace[Symbol.dispose]();
      throw error;
    }
    this.#encoder = this.#workspace.own(new Encoder(backend, this.#model));
    this.#decoder = this.#workspace.own(new Decoder(backend, this.#model));
  }

  /** Copies the weights to the backend. */
  static create(backend: Backend, parameters: SaeParameters, sae: ResolvedSae): Runner {
    const { threshold } = sae.loss;
    return new Runner(backend, sae, undefined, (w) => modelTensors(w, parameters, threshold));
  }

  /** The size of a row, d. */
  get inputSize(): number {
    return this.#model.encoder.shape[1];
  }

  /** The number of latents, N. */
  get latentCount(): number {
    return this.#model.encoder.shape[0];
  }

  /** Reads the weights back. */
  async parameters(task: string): Promise<SaeParameters> {
    this.checkAlive(task);
    return await readParameters(this.#backend, this.#model, task);
  }

  /** Returns the autoencoder of the first p latents, on views of these weights. */
  prefix(p: number): Runner {
    const d = this.inputSize;
    const m = this.#model;
    const { activation, loss, prefixes } = this.sae;
    const sae = {
      ...this.sae,
      activation: prefixOfActivation(activation, p),
      loss: { ...loss, k: Math.min(loss.k, p) },
      prefixes: prefixesWithin(prefixes, p),
    };
    return new Runner(this.#backend, sae, this, (w) => ({
      encoder: w.view(m.encoder, p, d),
      encoderBias: w.view(m.encoderBias, p),
      decoder: w.view(m.decoder, p, d),
      decoderBias: w.view(m.decoderBias, d),
      threshold: w.view(m.threshold, p),
    }));
  }

  /** Starts work when all earlier work is done: chunks of different calls share tensors. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Encodes rows [B, d]. Call it within {@linkcode Runner.inTurn}. */
  async encode(x: Float32Array, task: string): Promise<SparseCodes> {
    this.checkAlive(task);
    const d = this.inputSize;
    checkBatch(x, d, task);
    return await encodeChunks(this.#encoder, this.sae, x, d, this.#call(task));
  }

  /** Decodes the latents below a valid `prefix`. Call it within {@linkcode Runner.inTurn}. */
  async decode(codes: SparseCodes, prefix: number, task: string): Promise<Float32Array> {
    this.checkAlive(task);
    checkCodes(codes, task);
    const N = this.latentCount;
    if (codes.latentCount !== N) {
      throw new RangeError(
        `Cannot ${task}: the codes are of ${codes.latentCount} latents but the autoencoder has ${N}`,
      );
    }
    const call = this.#call(task);
    return await decodeChunks(this.#decoder, this.sae, codes, this.inputSize, prefix, call);
  }

  /** Throws if this autoencoder, or one that it is a prefix of, is disposed. */
  checkAlive(task: string): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the autoencoder is disposed`);
    for (let whole = this.#whole; whole; whole = whole.#whole) {
      if (!whole.#disposed) continue;
      throw new Error(`Cannot ${task}: the autoencoder that this is a prefix of is disposed`);
    }
  }

  #call(task: string): Call {
    return { task, checkAlive: () => this.checkAlive(task) };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#workspace[Symbol.dispose]();
  }
}
