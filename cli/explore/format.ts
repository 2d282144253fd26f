/**
 * The format of an explorer's folder: what each piece in `data/` passes to `explorer.receive(name, value)`.
 *
 * Activations are rounded to five significant digits. Texts are display texts, to be shown as text and never as HTML.
 */
import type { ExploredLatent, LatentLink } from "@matryoshka/sae";

/** What the explorer shows, and how its pieces are cut: `manifest`. */
export interface Manifest {
  readonly version: 1;
  /** Folder or file name of the SAE. */
  readonly title: string;
  readonly source: {
    readonly sae: string;
    readonly data: string;
    readonly activation: string;
    readonly inputSize: number;
    readonly latentCount: number;
  };
  /** Rows read. */
  readonly rows: number;
  /** Tokens per sequence. */
  readonly context: number;
  /** Without tokens, examples have row numbers alone. */
  readonly hasTokens: boolean;
  /** Mean number of active latents per row. */
  readonly l0: number;
  /** Latents that were never active. */
  readonly dead: number;
  /** The prefix lengths in ascending order, the last of which is N, and the FVU of each over all rows. */
  readonly levels: readonly { readonly prefix: number; readonly fvu: number }[];
  /** Latents per list piece, and the number of pieces. */
  readonly list: { readonly pieceSize: number; readonly pieces: number };
  /** Latents per details piece, and the number of pieces. */
  readonly details: { readonly pieceSize: number; readonly pieces: number };
  /** The buckets of the search by tokens in examples. */
  readonly words: { readonly buckets: number };
  /** The first token of each piece of the vocabulary, if the explorer has one. */
  readonly vocabulary?: { readonly firsts: readonly number[] };
  readonly fingerprint?: string;
}

/** Columns over the latents from `from` on: `list/N`. */
export interface ListPiece {
  readonly from: number;
  /** Rows in which each is active. */
  readonly count: readonly number[];
  readonly max: readonly number[];
  /** Mean over the rows where active; 0 if there are none. */
  readonly mean: readonly number[];
  /** Up to four most distinctive tokens. */
  readonly tokens: readonly (readonly string[])[];
  /** −1 without a parent. */
  readonly parent: readonly number[];
  /** Number of children. */
  readonly children: readonly number[];
}

/** One place where a latent is active, with the tokens around it. */
export interface Example {
  /** Row of the peak in the file. */
  readonly row: number;
  /** Index of the peak in `tokens` and `values`. */
  readonly peak: number;
  /** The tokens around the peak; empty without tokens. */
  readonly tokens: readonly string[];
  /** The latent's activation at each token, 0 where inactive. */
  readonly values: readonly number[];
}

/** A parent or a child, with rounded numbers. */
export type Link = LatentLink;

/** A token on which a latent is active. */
export interface Token {
  readonly text: string;
  /** Rows with the token in which the latent is active. */
  readonly count: number;
  /** The same as a share of the latent's active rows. */
  readonly share: number;
  /** How many times the token's share of all rows this is. */
  readonly lift: number;
}

/** All of one latent; `details/N` is an array of these for the latents from N · pieceSize on. */
export interface LatentDetails
  extends Omit<ExploredLatent, "top" | "quantiles" | "tokens" | "distinctive"> {
  /** Strongest first, at most one per sequence. */
  readonly top: readonly Example[];
  /** Examples by share of the maximum, from high to low. */
  readonly quantiles: readonly {
    readonly from: number;
    readonly to: number;
    readonly examples: readonly Example[];
  }[];
  /** Most frequent tokens. */
  readonly tokens: readonly Token[];
  /** The tokens that set it apart, most distinctive first. */
  readonly distinctive: readonly Token[];
}

/**
 * The search: lower-cased, trimmed token text of any example, to the latents that have it: `words/N`. The bucket of a
 * word is `wordBucket(word, buckets)`.
 */
export interface WordPiece {
  readonly [word: string]: readonly number[];
}

/** Texts of tokens, by ascending token: `vocabulary/N`. They show new rows whose tokens are known. */
export interface VocabularyPiece {
  readonly tokens: readonly number[];
  readonly texts: readonly string[];
}
