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
import { Workspace } from "../step/workspace.ts";
import { type Call, decodeChunks, encodeChunks } from "./chunks.ts";
import { Decoder } from "./decoding.ts";
import { Encoder } from "./encoding.ts";
import { FloatWeights } from "./float_weights.ts";
import { makeVectors, type ModelTensors, prefixOfModel, readModel } from "./model_tensors.ts";
import {
  type EncodeOptions,
  type PartsOption,
  type ResolvedSae,
  wantsErrorBounds,
} from "./options.ts";
import { checkScreening, screensOn } from "../model/screening.ts";
import { EncoderScreen } from "./screening.ts";

/** Bounds the errors of the codes of rows x. */
export type ErrorBounds = (
  codes: SparseCodes,
  x: Float32Array,
  task: string,
) => Promise<Float32Array>;

/** What a runner runs, and where. */
interface Parts {
  readonly workspace: Workspace;
  readonly model: ModelTensors;
  /** Bounds the errors of codes, if those of the weights are known. */
  readonly errorBounds?: ErrorBounds;
  /** The autoencoder that holds the weights, if this is a prefix of it. */
  readonly whole?: Runner;
}

/** An autoencoder on a backend: its weights, its programs, and the order of its calls. */
export class Runner implements Disposable {
  /** The autoencoder without its weights. */
  readonly sae: ResolvedSae;
  readonly #backend: Backend;
  readonly #parts: Parts;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** Takes ownership of the workspace. */
  constructor(backend: Backend, sae: ResolvedSae, parts: Parts) {
    this.sae = sae;
    this.#backend = backend;
    this.#parts = parts;
    const { workspace, model } = parts;
    const { decoder, decoderBias } = model;
    this.#encoder = workspace.own(new Encoder(backend, model));
    this.#decoder = decoder && workspace.own(new Decoder(backend, decoder, decoderBias));
  }

  /** Copies weights to the backend. */
  static create(
    backend: Backend,
    parameters: SaeParameters,
    sae: ResolvedSae,
    { parts = "all" }: PartsOption = {},
  ): Runner {
    const workspace = new Workspace(backend);
    try {
      const place = (values: Float32Array) =>
        new FloatWeights(workspace.filled(values, parameters.latentCount, parameters.inputSize));
      const tensors = {
        ...makeVectors(workspace, parameters),
        encoder: place(parameters.encoder),
        decoder: parts === "all" ? place(parameters.decoder) : undefined,
      };
      backend.write(tensors.encoderBias, parameters.encoderBias);
      backend.write(tensors.decoderBias, parameters.decoderBias);
      if (sae.loss.threshold) backend.write(tensors.threshold, sae.loss.threshold);
      const screen = encoderScreen(workspace, tensors.encoder, sae);
      return new Runner(backend, sae, { workspace, model: { ...tensors, screen } });
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  /** Where the weights are. */
  get backend(): Backend {
    return this.#backend;
  }

  /** The size of a row, d. */
  get inputSize(): number {
    return this.#parts.model.inputSize;
  }

  /** The number of latents, N. */
  get latentCount(): number {
    return this.#parts.model.latentCount;
  }

  /** The type of the encoder's weights. */
  get weightType(): ModelTensors["encoder"]["type"] {
    return this.#parts.model.encoder.type;
  }

  /** Which parts there are. */
  get parts(): "all" | "encoder" {
    return this.#decoder ? "all" : "encoder";
  }

  /** Reads the weights back. */
  async parameters(task: string): Promise<SaeParameters> {
    this.checkAlive(task);
    this.checkDecoder(task);
    const { model } = this.#parts;
    return await readModel(this.#backend, model, model.decoder!, task);
  }

  /** Returns the autoencoder of the first p latents, on views of these weights. */
  prefix(p: number): Runner {
    const { activation, loss, prefixes } = this.sae;
    const sae = {
      ...this.sae,
      activation: prefixOfActivation(activation, p),
      loss: { ...loss, k: Math.min(loss.k, p) },
      prefixes: prefixesWithin(prefixes, p),
    };
    const workspace = new Workspace(this.#backend);
    try {
      const model = prefixOfModel(workspace, this.#parts.model, p);
      return new Runner(this.#backend, sae, { ...this.#parts, workspace, model, whole: this });
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts work when all earlier work is done: chunks of different calls share tensors. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Encodes rows [B, d]. Call it within {@linkcode Runner.inTurn}. */
  async encode(x: Float32Array, task: string, options: EncodeOptions = {}): Promise<SparseCodes> {
    this.checkAlive(task);
    const { errorBounds } = this.#parts;
    const bounds = wantsErrorBounds(options, task);
    if (bounds && errorBounds === undefined) {
      throw new TypeError(
        `Cannot ${task}: errorBounds are asked for but only a file in int8 holds the errors of weights; ` +
          "load one with `SparseAutoencoder.load`",
      );
    }
    const d = this.inputSize;
    checkBatch(x, d, task);
    const codes = await encodeChunks(this.#encoder, this.sae, x, d, this.#call(task));
    return bounds ? { ...codes, errorBounds: await errorBounds!(codes, x, task) } : codes;
  }

  /** Decodes the latents below a valid `prefix`. Call it within {@linkcode Runner.inTurn}. */
  async decode(codes: SparseCodes, prefix: number, task: string): Promise<Float32Array> {
    this.checkAlive(task);
    const decoder = this.checkDecoder(task);
    checkCodes(codes, task);
    const N = this.latentCount;
    if (codes.latentCount !== N) {
      throw new RangeError(
        `Cannot ${task}: the codes are of ${codes.latentCount} latents but the autoencoder has ${N}`,
      );
    }
    const call = this.#call(task);
    return await decodeChunks(decoder, this.sae, codes, this.inputSize, prefix, call);
  }

  /** Returns the decoder; throws if it was not loaded. */
  checkDecoder(task: string): Decoder {
    if (this.#decoder) return this.#decoder;
    throw new TypeError(
      `Cannot ${task}: only the encoder was loaded ({parts: "encoder"}); load the autoencoder without \`parts\``,
    );
  }

  /** Throws if this autoencoder, or one that it is a prefix of, is disposed. */
  checkAlive(task: string): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the autoencoder is disposed`);
    for (let { whole } = this.#parts; whole; { whole } = whole.#parts) {
      if (!whole.#disposed) continue;
      throw new Error(`Cannot ${task}: the autoencoder that this is a prefix of is disposed`);
    }
  }

  #call(task: string): Call {
    return { task, checkAlive: () => this.checkAlive(task) };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#parts.workspace[Symbol.dispose]();
  }
}

/** Returns what the encoder screens with; stored weights, of which only candidates are expanded, do by default. */
export function encoderScreen(
  w: Workspace,
  encoder: ModelTensors["encoder"],
  { loss, screening: asked }: ResolvedSae,
  task: string = "create an autoencoder",
): EncoderScreen | undefined {
  const [latentCount, inputSize] = encoder.values.shape;
  if (encoder.type === "f32") {
    const screens = screensOn(w.backend, asked, { inputSize, latentCount, ...loss }, task);
    return screens ? EncoderScreen.create(w, encoder) : undefined;
  }
  checkScreening(w.backend, asked, task);
  const wanted = asked === "on" || asked === "auto" && w.backend.screening === "faster";
  // Without a selection nothing can be excluded.
  return wanted && loss.selection !== "identity"
    ? EncoderScreen.create(w, encoder)
    : EncoderScreen.none(w, latentCount);
}
