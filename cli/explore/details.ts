/**
 * What the explorer's files say of latents: the exploration with rounded numbers, and texts in place of tokens.
 *
 * @module
 */
import type {
  ExploredLatent,
  LatentExample,
  LatentExploration,
  LatentLink,
  LatentToken,
} from "@matryoshka/sae";
import type { Example, LatentDetails, Link, ListPiece, Token } from "./format.ts";

/** Texts of tokens. */
export interface Texts {
  /** Returns the text of a token. */
  text(token: number): string;
  /** Returns all tokens with their texts, in any order. */
  entries(): Iterable<readonly [number, string]>;
}

/** The tokens of the rows, and their texts. */
export interface TokenTexts {
  /** One for each row from `firstRow` on. */
  readonly tokens: Uint32Array;
  readonly firstRow: number;
  readonly vocabulary: Texts;
}

/** Returns tokens for rows that have a text each: the texts are numbered as they first occur. */
export function tokenTextsOf(rowTexts: readonly string[]): TokenTexts {
  const ids = new Map<string, number>();
  for (const text of rowTexts) if (!ids.has(text)) ids.set(text, ids.size);
  const texts = [...ids.keys()];
  const vocabulary = { text: (token: number) => texts[token], entries: () => texts.entries() };
  return { tokens: Uint32Array.from(rowTexts, (text) => ids.get(text)!), firstRow: 0, vocabulary };
}

/** An exploration, and the tokens of its rows if they are known. */
export interface Explored {
  readonly exploration: LatentExploration;
  readonly texts?: TokenTexts;
}

/** Tokens of a latent in the list. */
const LISTED_TOKENS = 4;

/** Returns a number with the five digits that the files keep. */
export const rounded = (value: number): number => Number(value.toPrecision(5));

/** Returns everything about one latent. */
export function detailsOf({ exploration, texts }: Explored, n: number): LatentDetails {
  const latent = exploration.latents[n];
  const { histogram } = latent;
  return {
    latent: n,
    count: latent.count,
    max: rounded(latent.max),
    mean: rounded(latent.mean),
    level: latent.level,
    histogram: { ...histogram, from: rounded(histogram.from), width: rounded(histogram.width) },
    top: latent.top.map((example) => exampleOf(example, texts)),
    quantiles: latent.quantiles.map(({ from, to, examples }) => ({
      from: rounded(from),
      to: rounded(to),
      examples: examples.map((example) => exampleOf(example, texts)),
    })),
    tokens: latent.tokens.map((token) => tokenOf(token, texts)),
    distinctive: latent.distinctive.map((token) => tokenOf(token, texts)),
    coactive: latent.coactive.map((each) => ({ ...each, share: rounded(each.share) })),
    nearest: latent.nearest.map((each) => ({ ...each, cosine: rounded(each.cosine) })),
    levels: latent.levels.map(rounded),
    ...(latent.parent && { parent: linkOf(latent.parent) }),
    children: latent.children.map(linkOf),
  };
}

function tokenOf({ token, count, share, lift }: LatentToken, texts?: TokenTexts): Token {
  const text = texts?.vocabulary.text(token) ?? "";
  return { text, count, share: rounded(share), lift: rounded(lift) };
}

function exampleOf({ row, from, values }: LatentExample, texts?: TokenTexts): Example {
  return {
    row,
    peak: row - from,
    tokens: texts ? values.map((_, n) => textAt(texts, from + n)) : [],
    values: values.map(rounded),
  };
}

/** Returns the text of a row's token. */
export const textAt = ({ tokens, firstRow, vocabulary }: TokenTexts, row: number): string =>
  vocabulary.text(tokens[row - firstRow]);

const linkOf = ({ latent, similarity, absorption, gain }: LatentLink): Link => ({
  latent,
  similarity: rounded(similarity),
  absorption: rounded(absorption),
  gain: rounded(gain),
});

/** Returns the columns of the latents from `from` to `to`. */
export function listOf({ exploration, texts }: Explored, from: number, to: number): ListPiece {
  const latents = exploration.latents.slice(from, to);
  return {
    from,
    count: latents.map(({ count }) => count),
    max: latents.map(({ max }) => rounded(max)),
    mean: latents.map(({ mean }) => rounded(mean)),
    tokens: latents.map((latent) => listedTokens(latent, texts)),
    parent: latents.map(({ parent }) => parent?.latent ?? -1),
    children: latents.map(({ children }) => children.length),
  };
}

/** Returns the texts of the most distinctive tokens. */
function listedTokens({ distinctive }: ExploredLatent, texts?: TokenTexts): string[] {
  if (!texts) return [];
  return distinctive.slice(0, LISTED_TOKENS).map(({ token }) => texts.vocabulary.text(token));
}
