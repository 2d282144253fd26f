/**
 * Runs a trained autoencoder: encodes rows to sparse codes, and decodes them at any prefix.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkBackend, checkObject } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import type { SaeLocation } from "../io/formats/location.ts";
import type { SparseCodes } from "../model/codes.ts";
import type { Activation } from "../model/activation.ts";
import { checkPrefix } from "../model/latent_prefix.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { InputNormalization, Sae } from "../model/sae.ts";
import { backends } from "./backend_of.ts";
import { type LoadOptions, loadRunner } from "./loading.ts";
import {
  type EncodeOptions,
  FROM_SAE_KEYS,
  type FromSaeOptions,
  type InferenceOptions,
  prefixOf,
  type PrefixOption,
  resolveSae,
  runnableSae,
} from "./options.ts";
import { Runner } from "./runner.ts";

/**
 * A trained autoencoder on a backend. Apart from input and output, memory holds one chunk of rows, however many
 * rows a call has. Calls run one after the other, in the order in which they were made; do not change the
 * arguments of a call before it is done.
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
  readonly #runner: Runner;

  private constructor(runner: Runner) {
    this.#runner = runner;
    backends.set(this, runner.backend);
  }

  /**
   * Creates an autoencoder with these weights, which are copied to the backend.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param parameters N latents on inputs of size d, in the units of the rows: for raw activations these
   * are a trainer's `rawParameters`.
   * @param options The activation, how rows are normalised before the encoder, and whether it screens.
   * @throws {RangeError} if a length is wrong, or a value is NaN, infinite or out of range.
   * @throws {TypeError} if an argument or option has the wrong type, an option is unknown, or the backend cannot screen.
   */
  static fromParameters(
    backend: Backend,
    parameters: SaeParameters,
    options: InferenceOptions = {},
  ): SparseAutoencoder {
    const task = "create an autoencoder";
    checkBackend(backend, task);
    const sae = resolveSae(parameters, options, task);
    return new SparseAutoencoder(Runner.create(backend, parameters, sae));
  }

  /**
   * Creates an autoencoder from the result of {@linkcode loadSae}, whichever library wrote it.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param sae What `loadSae` returned, or any other description of an autoencoder.
   * @param options The input scale, if the autoencoder needs one, the size of chunks, and whether to screen.
   * @throws {RangeError} as `fromParameters`; if `inputScale` is missing, or given without need.
   * @throws {TypeError} if an argument or option has the wrong type, or an option is unknown.
   */
  static fromSae(backend: Backend, sae: Sae, options: FromSaeOptions = {}): SparseAutoencoder {
    const task = "create an autoencoder";
    checkObject(sae, "sae", task);
    checkObject(options, "options", task);
    checkKeys(options, FROM_SAE_KEYS, task);
    const { parameters, ...others } = runnableSae(sae, options, task);
    return SparseAutoencoder.fromParameters(backend, parameters, others);
  }

  /**
   * Reads an autoencoder of any format, from a URL, a path, a `Response`, a `Blob` or bytes, and puts it on a
   * backend.
   *
   * With `{prefix: p}` the result is the autoencoder of the first p latents (see `prefix`). Of this package's
   * own files only those latents are read, and with `{parts: "encoder"}` not the decoder: over HTTP one small
   * request fetches the header, then one request per array fetches its first p rows, all of them at once. If the
   * server ignores ranges, the whole file is read and `onNotice` is called.
   *
   * Weights stay in the type in which they are stored where the backend has kernels for it, as on WASM: F16, BF16, and
   * int8, which takes a quarter of F32's memory. The bytes of this package's own files go straight into place.
   *
   * @param backend Where to compute; see `createBackend`. It must outlive the autoencoder.
   * @param source A URL; the path of a file or folder, in runtimes with a file system (Deno, Node, Bun); the
   * `Response` of a `fetch`; a `Blob`, bytes or a `ByteSource`; or the files of a folder by name, for libraries
   * that write a `cfg.json` beside the weights.
   * @param options How many latents and which parts to take, the format if it should not be detected, how to fetch,
   * and the options of `fromSae`.
   * @throws {RangeError | TypeError} as `loadSae`, `sourceFromUrl` and `fromSae`: if the file is cut off,
   * invalid, or changes while it is read.
   * @throws {Error} if a server or a disk does not deliver the file.
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
    return new SparseAutoencoder(await loadRunner(backend, source, options, task));
  }

  /** The size of a row, d. */
  get inputSize(): number {
    return this.#runner.inputSize;
  }

  /** The number of latents, N. */
  get latentCount(): number {
    return this.#runner.latentCount;
  }

  /** Which parts were loaded: an "encoder" cannot decode. */
  get parts(): "all" | "encoder" {
    return this.#runner.parts;
  }

  /** The type in which the encoder's weights are kept. */
  get weightType(): "f32" | "f16" | "bf16" | "int8" {
    return this.#runner.weightType;
  }

  /** What follows the encoder's product. */
  get activation(): Activation {
    return this.#runner.sae.activation;
  }

  /** Whether the encoder sees x − c instead of x. */
  get subtractDecoderBias(): boolean {
    return this.#runner.sae.loss.subtractDecoderBias;
  }

  /** How a row is normalised before the encoder; the decoder's output is scaled back. */
  get inputNormalization(): InputNormalization {
    return this.#runner.sae.inputNormalization;
  }

  /** The prefix lengths used in training, or how many were drawn at each step; undefined if not known. */
  get prefixes(): readonly number[] | number | undefined {
    return this.#runner.sae.prefixes;
  }

  /**
   * Reads the weights back from the backend, as float32.
   *
   * @throws {Error} if the autoencoder is disposed.
   * @throws {TypeError} if only its encoder was loaded.
   */
  parameters(): Promise<SaeParameters> {
    return this.#runner.parameters("give parameters");
  }

  /**
   * Encodes rows. "batchtopk" keeps the k·B largest activations of these B rows.
   *
   * @param x Rows [B, d], row-major.
   * @param options Whether to bound the error that weights in int8 cause.
   * @throws {RangeError} if the last row is incomplete, or a row has a NaN, an infinity or an activation beyond
   * float32; the message names the row.
   * @throws {TypeError} if x is not a Float32Array, or bounds are asked for and the weights are not from int8.
   * @throws {Error} if the autoencoder, or the one that it is a prefix of, is disposed.
   */
  encode(x: Float32Array, options: EncodeOptions = {}): Promise<SparseCodes> {
    return this.#runner.inTurn(() => this.#runner.encode(x, "encode", options));
  }

  /**
   * Decodes codes: the reconstruction c + Σ f_i D_i, [B, d]. With a prefix the sum is over the latents below it,
   * which were chosen among all N: these are the partial sums of the Matryoshka loss.
   *
   * @param codes What `encode` returned, or any codes of N latents.
   * @param options The prefix.
   * @throws {RangeError} if the codes are not well formed, have another latentCount, are not finite or lack the
   * units of their rows; if a reconstruction exceeds float32; or if the prefix is not from 1 to N.
   * @throws {TypeError} if an argument or option has the wrong type, an option is unknown, or only the encoder was
   * loaded.
   * @throws {Error} if the autoencoder, or the one that it is a prefix of, is disposed.
   */
  decode(codes: SparseCodes, options: PrefixOption = {}): Promise<Float32Array> {
    return this.#runner.inTurn(async () => {
      const task = "decode";
      return await this.#runner.decode(codes, prefixOf(options, this.latentCount, task), task);
    });
  }

  /**
   * Encodes and decodes rows: [B, d].
   *
   * @param x Rows [B, d], row-major.
   * @param options The prefix, as for `decode`.
   * @throws {RangeError | TypeError | Error} as `encode` and `decode`.
   */
  reconstruct(x: Float32Array, options: PrefixOption = {}): Promise<Float32Array> {
    return this.#runner.inTurn(async () => {
      const task = "reconstruct";
      const prefix = prefixOf(options, this.latentCount, task);
      this.#runner.checkDecoder(task);
      return await this.#runner.decode(await this.#runner.encode(x, task), prefix, task);
    });
  }

  /**
   * Encodes one batch after another. Only one batch is held at a time, and the next is requested when the codes
   * of this one have been consumed.
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
   * Reconstructs one batch after another, as `encodeRows` encodes them.
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
   * Returns the autoencoder of the first p latents alone, the same that loading with `{prefix: p}` gives. It shares
   * the weights of this one, without a copy, and cannot be used once this one is disposed.
   *
   * It selects its top-k among its own p latents, so it may keep latents that `decode(codes, {prefix: p})` does
   * not. For the other activations the two agree.
   *
   * @param p The number of latents, from 1 to N.
   * @throws {RangeError} if p is out of range.
   * @throws {TypeError} if p is not a number.
   * @throws {Error} if this autoencoder is disposed.
   */
  prefix(p: number): SparseAutoencoder {
    const task = "take a prefix of the autoencoder";
    this.#runner.checkAlive(task);
    checkPrefix(p, this.latentCount, task);
    return new SparseAutoencoder(this.#runner.prefix(p));
  }

  /** Frees everything that the autoencoder holds on the backend. Its prefixes cannot be used afterwards. */
  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
  }
}
