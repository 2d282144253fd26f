/**
 * Runs a trained autoencoder: rows to sparse codes, and codes back to rows at any prefix.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkBatch, checkInteger, checkObject } from "../base/checks.ts";
import { checkCodes, type SparseCodes } from "../model/codes.ts";
import { type Call, decodeBlocks, encodeBlocks } from "./chunks.ts";
import { Decoder } from "./decoding.ts";
import { Encoder, type ModelTensors, modelTensors } from "./encoding.ts";
import {
  type FromSaeOptions,
  type InferenceOptions,
  type PrefixOption,
  type ResolvedSae,
  resolveSae,
  runnableSae,
} from "./options.ts";
import { filesAt, type SaeLocation } from "../io/formats/location.ts";
import { loadSae, type LoadSaeOptions } from "../io/formats/load.ts";
import type { InputNormalization, Sae } from "../model/sae.ts";
import type { HttpOptions } from "../io/sources/http.ts";
import { checkPrefix, prefixesWithin, prefixOfActivation } from "../model/latent_prefix.ts";
import type { Activation } from "../model/activation.ts";
import type { SaeParameters } from "../model/parameters.ts";
import { readParameters, Workspace } from "../step/workspace.ts";

/** Options of {@linkcode SparseAutoencoder.load}. */
export type LoadOptions = LoadSaeOptions & HttpOptions & FromSaeOptions;

/**
 * A trained autoencoder on a backend. Rows are computed in blocks: beside what is given and what comes
 * back, memory holds one block, however many rows there are. Calls are computed one after the other, in their order; what is given to
 * one must not change before it is done.
 *
 * @example
 * ```ts
 * import { createBackend, initialParameters, Random, SparseAutoencoder } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * using sae = SparseAutoencoder.fromParameters(backend, initialParameters(4, 12, Random.fromSeed(1)), {
 *   activation: { kind: "topk", k: 3 },
 * });
 * const codes = await sae.encode(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]));
 * const coarse = await sae.decode(codes, { prefix: 6 }); // the first 6 latents alone
 * assertEquals([codes.rows, coarse.length], [2, 8]);
 * ```
 */
export class SparseAutoencoder implements Disposable {
  readonly #backend: Backend;
  readonly #sae: ResolvedSae;
  readonly #workspace: Workspace;
  readonly #model: ModelTensors;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  /** The autoencoder that holds the weights, if this is a prefix of it. */
  readonly #whole: SparseAutoencoder | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(
    backend: Backend,
    sae: ResolvedSae,
    whole: SparseAutoencoder | undefined,
    model: (w: Workspace) => ModelTensors,
  ) {
    this.#backend = backend;
    this.#sae = sae;
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

  /**
   * An autoencoder with these weights, which are copied to the backend.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param parameters N latents on inputs of size d, in the units of the rows: for raw activations these
   * are a trainer's `rawParameters`.
   * @param options What follows the encoder, and what happens to rows before it.
   * @throws {RangeError} on wrong lengths, or a value that is NaN, infinite or out of range.
   * @throws {TypeError} if an argument or option is of the wrong kind.
   */
  static fromParameters(
    backend: Backend,
    parameters: SaeParameters,
    options: InferenceOptions = {},
  ): SparseAutoencoder {
    const task = "create an autoencoder";
    checkBackend(backend, task);
    const sae = resolveSae(parameters, options, task);
    return new SparseAutoencoder(
      backend,
      sae,
      undefined,
      (w) => modelTensors(w, parameters, sae.loss.threshold),
    );
  }

  /**
   * An autoencoder that {@linkcode loadSae} has read, whatever library wrote it.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param sae What `loadSae` gave, or anything like it.
   * @param options The input scale, where the autoencoder needs one.
   * @throws {RangeError} as `fromParameters`, or where an `inputScale` is needed or out of place.
   * @throws {TypeError} if something is of the wrong kind.
   *
   * @example
   * ```ts
   * import { createBackend, initialParameters, loadSae, Random, saveSae, SparseAutoencoder } from "@matryoshka/sae";
   * import { assertEquals } from "@std/assert";
   *
   * const parameters = initialParameters(4, 12, Random.fromSeed(1));
   * const files = saveSae({ parameters, activation: { kind: "relu" }, subtractDecoderBias: true }, "saelens");
   * using backend = await createBackend("reference");
   * using sae = SparseAutoencoder.fromSae(backend, await loadSae(files));
   * assertEquals((await sae.reconstruct(new Float32Array(4))).length, 4);
   * ```
   */
  static fromSae(backend: Backend, sae: Sae, options: FromSaeOptions = {}): SparseAutoencoder {
    const task = "create an autoencoder";
    checkObject(sae, "sae", task);
    checkObject(options, "options", task);
    const { parameters, ...others } = runnableSae(sae, options, task);
    return SparseAutoencoder.fromParameters(backend, parameters, others);
  }

  /**
   * Reads an autoencoder of any format, from wherever it is, and puts it on a backend.
   *
   * With `{prefix: p}` it is the autoencoder of the first p latents (see `prefix`), and of this package's own files no more is
   * read: over HTTP a small request for the header, then one for p rows of each array, side by side. A server
   * that ignores ranges costs one read of the whole file, which `onNotice` is told.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param source A URL; the path of a file or folder where the runtime has files (Deno, Node, Bun); the
   * answer of a `fetch`; a `Blob`, bytes or a `ByteSource`; or the files of a folder by their names, as
   * libraries need that write a `cfg.json` beside the weights.
   * @param options How many latents, the format where it should not be detected, how to fetch, and all that
   * `fromSae` takes.
   * @throws {RangeError | TypeError} as `loadSae`, `sourceFromUrl` and `fromSae`: a file that is cut off, changes
   * while it is read, or holds what it must not.
   * @throws {Error} where a server or a disk does not give the file.
   *
   * @example
   * ```ts
   * import { createBackend, initialParameters, Random, saveSae, SparseAutoencoder } from "@matryoshka/sae";
   * import { assertEquals } from "@std/assert";
   *
   * const parameters = initialParameters(4, 16, Random.fromSeed(1));
   * const files = saveSae({ parameters, activation: { kind: "relu" }, subtractDecoderBias: true }, "native");
   * using backend = await createBackend("reference");
   * using sae = await SparseAutoencoder.load(backend, files, { prefix: 4 });
   * assertEquals(sae.latentCount, 4);
   * ```
   */
  static async load(
    backend: Backend,
    source: SaeLocation,
    options: LoadOptions = {},
  ): Promise<SparseAutoencoder> {
    const task = "load the autoencoder";
    checkBackend(backend, task);
    checkObject(options, "options", task);
    const { format, prefix, ...others } = options;
    if (prefix !== undefined) checkInteger(prefix, "prefix", task);
    const files = await filesAt(source, others, task);
    others.signal?.throwIfAborted();
    return SparseAutoencoder.fromSae(backend, await loadSae(files, { format, prefix }), others);
  }

  /** d, the size of a row. */
  get inputSize(): number {
    return this.#model.encoder.shape[1];
  }

  /** N, the number of latents. */
  get latentCount(): number {
    return this.#model.encoder.shape[0];
  }

  /** What follows the encoder's product. */
  get activation(): Activation {
    return this.#sae.activation;
  }

  /** Whether the encoder sees x − c instead of x. */
  get subtractDecoderBias(): boolean {
    return this.#sae.loss.subtractDecoderBias;
  }

  /** What happens to a row before the encoder, and is undone after the decoder. */
  get inputNormalization(): InputNormalization {
    return this.#sae.inputNormalization;
  }

  /** The prefix lengths it was trained with, or how many were drawn at each step; undefined if not known. */
  get prefixes(): readonly number[] | number | undefined {
    return this.#sae.prefixes;
  }

  /**
   * The weights, read back from the backend.
   *
   * @throws {Error} if the autoencoder is disposed.
   */
  async parameters(): Promise<SaeParameters> {
    this.#checkAlive("give parameters");
    return await readParameters(this.#backend, this.#model, "give parameters");
  }

  /**
   * The active latents of rows. "batchtopk" keeps the k·B largest activations of these B rows.
   *
   * @param x Rows [B, d] row-major, any number of them.
   * @throws {RangeError} on an incomplete row, or one with a NaN, an infinity or an activation beyond
   * float32: the message names it.
   * @throws {TypeError} if x is no Float32Array.
   * @throws {Error} if the autoencoder, or the one that it is a prefix of, is disposed.
   */
  encode(x: Float32Array): Promise<SparseCodes> {
    return this.#inTurn(() => this.#encode(x, "encode"));
  }

  /**
   * The reconstruction of codes, c + Σ f_i D_i: [B, d]. With a prefix the sum is over the latents below it, chosen among
   * all N: the partial sums that the Matryoshka loss is about.
   *
   * @param codes What `encode` gave, or any codes of N latents.
   * @param options The prefix.
   * @throws {RangeError} if codes are not well formed, of another latentCount, not finite or without the
   * units of their rows; if a reconstruction exceeds float32; or if the prefix is not from 1 to N.
   * @throws {TypeError} if something is of the wrong kind.
   * @throws {Error} if the autoencoder, or the one that it is a prefix of, is disposed.
   */
  decode(codes: SparseCodes, options: PrefixOption = {}): Promise<Float32Array> {
    return this.#inTurn(async () => {
      return await this.#decode(codes, this.#prefixOf(options, "decode"), "decode");
    });
  }

  /**
   * Encodes and decodes rows: [B, d].
   *
   * @param x Rows [B, d] row-major, any number of them.
   * @param options The prefix, as for `decode`.
   * @throws {RangeError | TypeError | Error} as `encode` and `decode`.
   */
  reconstruct(x: Float32Array, options: PrefixOption = {}): Promise<Float32Array> {
    return this.#inTurn(async () => {
      const task = "reconstruct", prefix = this.#prefixOf(options, task);
      return await this.#decode(await this.#encode(x, task), prefix, task);
    });
  }

  /**
   * The codes of batch after batch, as they come: only one batch is held at a time, and the next is asked
   * for when its codes have been taken.
   *
   * @param batches Rows [B, d] each; B may change. "batchtopk" selects within each batch.
   * @throws {RangeError | TypeError | Error} as `encode`.
   *
   * @example
   * ```ts
   * import { createBackend, initialParameters, Random, SparseAutoencoder } from "@matryoshka/sae";
   * import { assertEquals } from "@std/assert";
   *
   * using backend = await createBackend("reference");
   * using sae = SparseAutoencoder.fromParameters(backend, initialParameters(2, 6, Random.fromSeed(1)));
   * const rows: number[] = [];
   * for await (const codes of sae.encodeRows([new Float32Array(6), new Float32Array(2)])) rows.push(codes.rows);
   * assertEquals(rows, [3, 1]);
   * ```
   */
  async *encodeRows(
    batches: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  ): AsyncGenerator<SparseCodes, void, undefined> {
    for await (const batch of batches) yield await this.encode(batch);
  }

  /**
   * The reconstructions of batch after batch, as they come: see `encodeRows`.
   *
   * @param batches Rows [B, d] each; B may change.
   * @param options The prefix, as for `decode`.
   * @throws {RangeError | TypeError | Error} as `reconstruct`.
   */
  async *reconstructRows(
    batches: AsyncIterable<Float32Array> | Iterable<Float32Array>,
    options: PrefixOption = {},
  ): AsyncGenerator<Float32Array, void, undefined> {
    for await (const batch of batches) yield await this.reconstruct(batch, options);
  }

  /**
   * The autoencoder of the first p latents alone, which shares these weights: nothing is copied, and it is of no use
   * once this one is disposed. It is what loading with `{prefix: p}` gives. Its top-k is chosen among its own p latents, so it
   * may keep latents that `decode(codes, {prefix: p})` does not; for the other activations the two agree.
   *
   * @param p From 1 to N.
   * @throws {RangeError} if p is not.
   * @throws {TypeError} if p is no number.
   * @throws {Error} if this autoencoder is disposed.
   */
  prefix(p: number): SparseAutoencoder {
    const task = "take a prefix of the autoencoder";
    this.#checkAlive(task);
    checkPrefix(p, this.latentCount, task);
    const d = this.inputSize, m = this.#model;
    const activation = prefixOfActivation(this.activation, p);
    const loss = { ...this.#sae.loss, k: Math.min(this.#sae.loss.k, p) };
    const prefixes = prefixesWithin(this.prefixes, p);
    return new SparseAutoencoder(
      this.#backend,
      { ...this.#sae, activation, loss, prefixes },
      this,
      (w) => ({
        encoder: w.view(m.encoder, p, d),
        encoderBias: w.view(m.encoderBias, p),
        decoder: w.view(m.decoder, p, d),
        decoderBias: w.view(m.decoderBias, d),
        threshold: w.view(m.threshold, p),
      }),
    );
  }

  /** Frees everything that the autoencoder holds on the backend. Its prefixes are of no use then. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#workspace[Symbol.dispose]();
  }

  #checkAlive(task: string): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the autoencoder is disposed`);
    for (let whole = this.#whole; whole; whole = whole.#whole) {
      if (!whole.#disposed) continue;
      throw new Error(`Cannot ${task}: the autoencoder that this is a prefix of is disposed`);
    }
  }

  /** Blocks of one call share tensors with those of the next, so calls wait for each other. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  #call(task: string): Call {
    return { task, checkAlive: () => this.#checkAlive(task) };
  }

  async #encode(x: Float32Array, task: string): Promise<SparseCodes> {
    this.#checkAlive(task);
    const d = this.inputSize;
    checkBatch(x, d, task);
    return await encodeBlocks(this.#encoder, this.#sae, x, d, this.#call(task));
  }

  async #decode(codes: SparseCodes, prefix: number, task: string): Promise<Float32Array> {
    this.#checkAlive(task);
    checkCodes(codes, task);
    const d = this.inputSize, N = this.latentCount;
    if (codes.latentCount !== N) {
      throw new RangeError(
        `Cannot ${task}: the codes are of ${codes.latentCount} latents but the autoencoder has ${N}`,
      );
    }
    return await decodeBlocks(this.#decoder, this.#sae, codes, d, prefix, this.#call(task));
  }

  #prefixOf(options: PrefixOption, task: string): number {
    checkObject(options, "options", task);
    return checkPrefix(options.prefix ?? this.latentCount, this.latentCount, task);
  }
}
