/**
 * Explores what the latents of an autoencoder respond to, and which are special cases of others.
 *
 * @module
 */
import { thereAre } from "../base/counts.ts";
import { checkBatch, wrongKind } from "../base/checks.ts";
import { ReconstructionSums } from "../evaluation/metrics/reconstruction_sums.ts";
import { backends } from "../inference/backend_of.ts";
import { SparseAutoencoder } from "../inference/sparse_autoencoder.ts";
import type { SparseCodes } from "../model/codes.ts";
import { ActivationRange } from "./activation_range.ts";
import type { ExploredLatent, LatentExploration, LatentLink } from "./exploration.ts";
import {
  type ExploreOptions,
  type ResolvedExploration,
  resolveExploration,
} from "./exploration_options.ts";
import { LatentPairs } from "./latent_pairs.ts";
import { LatentSums } from "./latent_sums.ts";
import { LatentTokens } from "./latent_tokens.ts";
import { nearestDirections } from "./nearest_directions.ts";
import { Sequence } from "./sequence.ts";
import { TopExamples } from "./top_examples.ts";

const TASK = "explore the latents";

/** Random examples per interval, tokens of both kinds, coactive latents and nearest directions per latent. */
const SAMPLES = 2, TOKENS = 12, DISTINCTIVE = 6, COACTIVE = 10, NEAREST = 10;

/**
 * Explores what each latent responds to: how often and how strongly it is active, where most strongly, on which tokens,
 * together with which others, and under which latent of an earlier level it belongs.
 *
 * The rows are encoded once, one batch at a time. Memory holds what is kept per latent (some 5 kB and 8·d bytes), and
 * the counts of pairs, up to `mostPairs`; tokens and the codes of one sequence come on top.
 *
 * A latent is active where its activation is above 0. The parent of a latent is of an earlier level. The cosine of the
 * activations of both over the rows where the child is active, times the ratio of the smaller to the larger of their
 * maxima, is at least `threshold`, and the parent reduces the squared error over these rows. Of several the most similar
 * one is the parent.
 *
 * @param sae The autoencoder, with its decoder.
 * @param rows Rows [B, d] in batches; B may change. "batchtopk" selects within each batch.
 * @param options Levels, tokens, the length of sequences, and what to keep.
 * @returns plain data: see {@linkcode LatentExploration}.
 * @throws {RangeError} if there are no rows, all rows are equal, a row is incomplete or not finite, the tokens are not
 * as many as the rows or not whole numbers, or an option is out of range.
 * @throws {TypeError} if an argument has the wrong type, an option is unknown, or only the encoder was loaded.
 * @throws {Error} if the autoencoder is disposed.
 *
 * @example
 * ```ts
 * import { createBackend, exploreLatents, Random, SparseAutoencoder, ToyTree } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * // Latents that read the toy world's features: first the parents, then all others.
 * const world = ToyTree.create({ seed: 1 });
 * const order = [0, 4, 8, ...[...Array(20).keys()].filter((i) => ![0, 4, 8].includes(i))];
 * const decoder = new Float32Array(order.flatMap((i) => [...world.directions.subarray(20 * i, 20 * i + 20)]));
 * const parameters = {
 *   inputSize: 20,
 *   latentCount: 20,
 *   encoder: decoder,
 *   encoderBias: new Float32Array(20).fill(-0.01),
 *   decoder,
 *   decoderBias: new Float32Array(20),
 * };
 * using backend = await createBackend("reference");
 * using sae = SparseAutoencoder.fromParameters(backend, parameters);
 * const { batch } = world.sample(2000, Random.fromSeed(2));
 * const { latents } = await exploreLatents(sae, [batch], { levels: [3, 20] });
 * assertEquals(latents[0].children.map(({ latent }) => order[latent]).sort(), [1, 2, 3]);
 * ```
 */
export async function exploreLatents(
  sae: SparseAutoencoder,
  rows: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  options: ExploreOptions = {},
): Promise<LatentExploration> {
  if (!(sae instanceof SparseAutoencoder)) {
    throw wrongKind(sae, "sae", "a SparseAutoencoder", TASK);
  }
  const { inputSize, latentCount } = sae;
  const resolved = resolveExploration(options, latentCount, sae.prefixes, TASK);
  const parameters = await sae.parameters();
  const pass = new Pass(resolved, new LatentSums(parameters, resolved.levels));
  for await (const batch of batchesOf(rows)) {
    checkBatch(batch, inputSize, TASK);
    pass.add(batch, await sae.encode(batch));
  }
  pass.end();
  const nearest = await nearestDirections(backends.get(sae)!, parameters, NEAREST, TASK);
  return pass.result(nearest);
}

/** Throws unless `for await` takes the rows: an array of numbers would pass, too. */
function batchesOf(
  rows: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): AsyncIterable<Float32Array> | Iterable<Float32Array> {
  const iterable = typeof rows === "object" && rows !== null && !ArrayBuffer.isView(rows) &&
    (Symbol.asyncIterator in rows || Symbol.iterator in rows);
  if (iterable) return rows;
  throw wrongKind(rows, "rows", "an iterable of batches (Float32Array)", TASK);
}

/** Everything that is gathered in one pass over the rows. */
class Pass {
  readonly #options: ResolvedExploration;
  readonly #sums: LatentSums;
  readonly #reconstruction: ReconstructionSums;
  readonly #pairs: LatentPairs;
  readonly #tokens: LatentTokens;
  readonly #sequence: Sequence;
  readonly #top: TopExamples;
  readonly #range: ActivationRange;
  #rows = 0;

  constructor(options: ResolvedExploration, sums: LatentSums) {
    const { context, topExamples, mostPairs, levels, firstRow } = options;
    const N = sums.counts.length;
    this.#options = options;
    this.#sums = sums;
    this.#reconstruction = new ReconstructionSums(sums.inputSize, levels.length);
    this.#pairs = new LatentPairs(sums, levels.length, mostPairs);
    this.#tokens = new LatentTokens(sums, mostPairs);
    this.#sequence = new Sequence(N);
    this.#sequence.firstRow = firstRow;
    this.#top = new TopExamples(N, topExamples, context);
    this.#range = new ActivationRange(N, SAMPLES, context);
  }

  /** Adds a batch and its codes. */
  add(batch: Float32Array, codes: SparseCodes): void {
    const { rowOffsets, indices, values } = codes;
    const { context } = this.#options;
    const sequence = this.#sequence;
    const errors = new Float64Array(this.#options.levels.length);
    for (let b = 0; b < codes.rows; b++) {
      const token = this.#tokenOf(this.#rows++);
      if (token !== undefined) this.#tokens.addRow(token);
      const explained = this.#sums.add(batch, codes, b);
      for (let j = 0; j < errors.length; j++) errors[j] += explained.errors[j];
      this.#pairs.add(codes, b, explained);
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        if (values[e] <= 0) continue;
        sequence.add(indices[e], values[e]);
        if (token !== undefined) this.#tokens.add(indices[e], token, values[e]);
      }
      sequence.endRow();
      if ((sequence.firstRow + sequence.length) % context === 0) this.#finishSequence();
    }
    this.#reconstruction.check(batch, errors);
    this.#reconstruction.add(batch, errors);
  }

  /** Ends the last sequence, which may be shorter. */
  end(): void {
    const { tokens } = this.#options;
    if (this.#rows === 0) {
      throw new RangeError(`Cannot ${TASK}: at least 1 row is needed but there are 0`);
    }
    if (tokens !== undefined && tokens.length !== this.#rows) {
      const tokenCount = thereAre(tokens.length, "token");
      throw new RangeError(`Cannot ${TASK}: ${tokenCount} but the rows are ${this.#rows}`);
    }
    this.#finishSequence();
  }

  #finishSequence(): void {
    const sequence = this.#sequence;
    sequence.finish((latent, head) => {
      this.#top.add(latent, sequence, head);
      this.#range.add(latent, sequence, head);
    });
  }

  #tokenOf(row: number): number | undefined {
    const { tokens } = this.#options;
    if (tokens === undefined) return undefined;
    if (row >= tokens.length) {
      const tokenCount = thereAre(tokens.length, "token");
      throw new RangeError(`Cannot ${TASK}: ${tokenCount} but more rows`);
    }
    const token = tokens[row];
    if (Number.isInteger(token) && token >= 0 && token < 2 ** 32) return token;
    throw new RangeError(
      `Cannot ${TASK}: token ${row} must be a whole number from 0 on but is ${token}`,
    );
  }

  /** Returns what was found. */
  result(nearest: readonly ExploredLatent["nearest"][]): LatentExploration {
    const { context, levels, threshold } = this.#options;
    const { counts, sums, maxima, levelOf, inputSize } = this.#sums;
    const { perPrefix } = this.#reconstruction.result();
    const tokens = this.#tokens.most(TOKENS, DISTINCTIVE),
      coactive = this.#pairs.coactive(COACTIVE);
    const parents = this.#pairs.parents(threshold), children = childrenOf(parents);
    const latents = Array.from(counts, (count, latent): ExploredLatent => ({
      latent,
      level: levelOf[latent],
      count,
      mean: count && sums[latent] / count,
      max: maxima[latent],
      histogram: this.#range.histogramOf(latent),
      top: this.#top.of(latent),
      quantiles: this.#range.quantilesOf(latent, maxima[latent]),
      tokens: tokens.most[latent],
      distinctive: tokens.distinctive[latent],
      coactive: coactive[latent],
      nearest: nearest[latent],
      levels: this.#sums.levelsOf(latent),
      ...(parents[latent] && { parent: parents[latent] }),
      children: children[latent],
    }));
    return {
      rows: this.#rows,
      context,
      inputSize,
      latentCount: counts.length,
      l0: counts.reduce((a, b) => a + b) / this.#rows,
      deadLatents: counts.filter((count) => count === 0).length,
      levels: levels.map((prefix, j) => ({ prefix, fvu: perPrefix[j].fvu })),
      undercount: { pairs: this.#pairs.undercount, tokens: this.#tokens.undercount },
      latents,
    };
  }
}

/** Returns the children of each latent, most similar first. */
function childrenOf(parents: readonly (LatentLink | undefined)[]): LatentLink[][] {
  const children = parents.map((): LatentLink[] => []);
  for (const [child, link] of parents.entries()) {
    if (link) children[link.latent].push({ ...link, latent: child });
  }
  for (const list of children) {
    list.sort((a, b) => b.similarity - a.similarity || a.latent - b.latent);
  }
  return children;
}
