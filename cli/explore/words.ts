/**
 * The search for latents by the words in their examples.
 *
 * @module
 */
import type { LatentExample } from "@matryoshka/sae";
import { type Explored, textAt, type TokenTexts } from "./details.ts";
import type { WordPiece } from "./format.ts";

/** The most latents that a word leads to: a longer list would help no one. */
const MOST_LATENTS = 1000;
/** The most buckets; the first number is tried first. */
const FIRST_BUCKETS = 16, MOST_BUCKETS = 4096;

const encoder = new TextEncoder();

/** Returns the length of a text in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length;

/** Returns the word by which a token is found: its text in lower case, without spaces around it. */
export const wordOf = (text: string): string => text.trim().toLowerCase();

/** Returns the bucket of a word: the FNV-1a hash of its first two UTF-16 units, modulo the number of buckets. */
export function wordBucket(word: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < Math.min(word.length, 2); n++) {
    hash = Math.imul(hash ^ word.charCodeAt(n), 0x01000193);
  }
  return (hash >>> 0) % buckets;
}

/** Returns the pieces of the search, in JSON: one for each bucket, as few as `mostBytes` per piece permits. */
export function wordPieces(explored: Explored, mostBytes: number): string[] {
  const words = explored.texts ? latentsByWord(explored, explored.texts) : new Map();
  for (let buckets = FIRST_BUCKETS;; buckets *= 2) {
    const pieces = piecesOf(words, buckets);
    if (buckets === MOST_BUCKETS || pieces.every((piece) => byteLength(piece) <= mostBytes)) {
      return pieces;
    }
  }
}

function piecesOf(words: ReadonlyMap<string, readonly number[]>, buckets: number): string[] {
  // No word is a name that objects have by themselves.
  const pieces = Array.from(
    { length: buckets },
    (): Record<string, readonly number[]> => Object.create(null),
  );
  for (const [word, latents] of words) pieces[wordBucket(word, buckets)][word] = latents;
  return pieces.map((piece: WordPiece) => JSON.stringify(piece));
}

/** Latents in whose examples a word occurs, those where it is the strongest token first in line. */
function latentsByWord(
  { exploration: { latents } }: Explored,
  texts: TokenTexts,
): Map<string, number[]> {
  const words = new Map<string, number[]>();
  const add = (text: string, latent: number) => {
    const word = wordOf(text);
    if (word === "") return;
    const found = words.get(word);
    if (!found) words.set(word, [latent]);
    else if (found.length < MOST_LATENTS && found[found.length - 1] !== latent) found.push(latent);
  };
  const forEachExample = (visit: (example: LatentExample, latent: number) => void) => {
    for (const { latent, top, quantiles } of latents) {
      for (const examples of [top, ...quantiles.map((each) => each.examples)]) {
        for (const example of examples) visit(example, latent);
      }
    }
  };
  forEachExample(({ row }, latent) => add(textAt(texts, row), latent));
  forEachExample(({ from, values }, latent) => {
    for (let n = 0; n < values.length; n++) add(textAt(texts, from + n), latent);
  });
  return new Map(
    [...words].map(([word, latents]) => [word, [...new Set(latents)].sort((a, b) => a - b)]),
  );
}
