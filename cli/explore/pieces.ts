/**
 * Cuts what the page loads into pieces, which are scripts: a page that was opened from disk may not fetch files.
 *
 * @module
 */
import type { Activation } from "@matryoshka/sae";
import { detailsOf, type Explored, listOf, rounded, type Texts } from "./details.ts";
import type { Manifest, VocabularyPiece } from "./format.ts";
import { byteLength, wordPieces } from "./words.ts";

/** The most bytes of a piece, unless one latent alone has more. */
export const MOST_PIECE_BYTES = 480_000;

/** Latents per piece that are tried, the largest first. */
const LIST_SIZES = [4096, 2048, 1024, 512, 256, 128, 64];
const DETAILS_SIZES = [64, 32, 16, 8, 4, 2, 1];

/** What `explorer.receive` is called with. */
export interface Piece {
  readonly name: string;
  /** The value, in JSON. */
  readonly json: string;
}

/** What the manifest says besides the sizes of the pieces. */
export type ManifestFacts = Omit<Manifest, "list" | "details" | "words" | "vocabulary">;

/** What an explorer is called, and where its autoencoder and rows come from. */
export interface ExplorerNames {
  readonly title: string;
  readonly sae: string;
  readonly data: string;
}

/** Returns what the manifest says of an exploration. */
export function manifestFacts(
  { title, sae, data }: ExplorerNames,
  { kind }: Activation,
  { exploration, texts }: Explored,
): ManifestFacts {
  const { rows, context, inputSize, latentCount, l0, deadLatents, levels } = exploration;
  return {
    version: 1,
    title,
    source: { sae, data, activation: kind, inputSize, latentCount },
    rows,
    context,
    hasTokens: texts !== undefined,
    l0: rounded(l0),
    dead: deadLatents,
    levels: levels.map(({ prefix, fvu }) => ({ prefix, fvu: rounded(fvu) })),
  };
}

/** Yields all pieces, one at a time in memory; the manifest comes last. */
export function* pieces(explored: Explored, facts: ManifestFacts): Generator<Piece> {
  const all = explored.exploration.latentCount;
  const listAt = (from: number, to: number) => JSON.stringify(listOf(explored, from, to));
  const listSize =
    LIST_SIZES.find((size) =>
      starts(all, size).every((from) => byteLength(listAt(from, from + size)) <= MOST_PIECE_BYTES)
    ) ?? LIST_SIZES[LIST_SIZES.length - 1];
  for (const [n, from] of starts(all, listSize).entries()) {
    yield { name: `list/${n}`, json: listAt(from, from + listSize) };
  }

  const lengths = Uint32Array.from(
    { length: all },
    (_, latent) => byteLength(JSON.stringify(detailsOf(explored, latent))) + 1,
  );
  const detailsSize =
    DETAILS_SIZES.find((size) =>
      starts(all, size).every((from) =>
        lengths.subarray(from, from + size).reduce((a, b) => a + b, 0) <= MOST_PIECE_BYTES
      )
    ) ?? 1;
  for (const [n, from] of starts(all, detailsSize).entries()) {
    const size = Math.min(detailsSize, all - from);
    const details = Array.from({ length: size }, (_, m) => detailsOf(explored, from + m));
    yield { name: `details/${n}`, json: JSON.stringify(details) };
  }

  const words = wordPieces(explored, MOST_PIECE_BYTES);
  for (const [n, json] of words.entries()) yield { name: `words/${n}`, json };

  const firsts: number[] = [];
  for (const piece of explored.texts ? vocabularyPieces(explored.texts.vocabulary) : []) {
    yield { name: `vocabulary/${firsts.length}`, json: JSON.stringify(piece) };
    firsts.push(piece.tokens[0]);
  }

  const manifest: Manifest = {
    ...facts,
    list: { pieceSize: listSize, pieces: starts(all, listSize).length },
    details: { pieceSize: detailsSize, pieces: starts(all, detailsSize).length },
    words: { buckets: words.length },
    ...(firsts.length > 0 && { vocabulary: { firsts } }),
  };
  yield { name: "manifest", json: JSON.stringify(manifest) };
}

/** Cuts a vocabulary into pieces. */
function* vocabularyPieces(vocabulary: Texts): Generator<VocabularyPiece> {
  let tokens: number[] = [], texts: string[] = [], bytes = 0;
  for (const [token, text] of [...vocabulary.entries()].sort(([a], [b]) => a - b)) {
    const more = byteLength(JSON.stringify([token, text]));
    if (tokens.length > 0 && bytes + more > MOST_PIECE_BYTES) {
      yield { tokens, texts };
      tokens = [], texts = [], bytes = 0;
    }
    tokens.push(token);
    texts.push(text);
    bytes += more;
  }
  if (tokens.length > 0) yield { tokens, texts };
}

/** Returns the first latent of each piece. */
function starts(all: number, size: number): number[] {
  return Array.from({ length: Math.ceil(all / size) }, (_, n) => n * size);
}

/** Returns the script that passes a piece to the page. */
export function scriptOf({ name, json }: Piece): string {
  // In a script, unlike in JSON, this key alone sets the prototype of its object.
  const literal = json.replaceAll('"__proto__":', '["__proto__"]:');
  return `explorer.receive(${JSON.stringify(name)}, ${literal});\n`;
}

/** Yields the text of explore.json, which holds everything, in parts. */
export function* wholeJson(explored: Explored, facts: ManifestFacts): Generator<string> {
  const { exploration } = explored;
  const head = { $schema: "./explore.schema.json", ...facts, undercount: exploration.undercount };
  yield `${JSON.stringify(head).slice(0, -1)},"latents":[\n`;
  for (let latent = 0; latent < exploration.latentCount; latent++) {
    yield `${latent > 0 ? ",\n" : ""}${JSON.stringify(detailsOf(explored, latent))}`;
  }
  yield "\n]}\n";
}
