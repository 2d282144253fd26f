/** The texts of a new text's tokens, from the pieces of the vocabulary that hold them. */
import type { VocabularyPiece } from "../../format.ts";

/**
 * Returns the text of each token, or undefined for one that the vocabulary lacks.
 *
 * @param firsts The first token of each piece, ascending.
 * @param load Loads a piece.
 */
export async function tokenTexts(
  tokens: Uint32Array,
  firsts: readonly number[],
  load: (piece: number) => Promise<VocabularyPiece>,
): Promise<(string | undefined)[]> {
  const pieceOf = (token: number) => lastUpTo(firsts, token);
  const numbers = [...new Set(Array.from(tokens, pieceOf))].filter((piece) => piece >= 0);
  const loaded = await Promise.all(numbers.map(load));
  const pieces = new Map(numbers.map((number, n) => [number, loaded[n]]));
  return Array.from(tokens, (token) => {
    const piece = pieces.get(pieceOf(token));
    const place = piece ? lastUpTo(piece.tokens, token) : -1;
    return piece?.tokens[place] === token ? piece.texts[place] : undefined;
  });
}

/** Returns the index of the last of ascending numbers that is at most `limit`, or −1. */
function lastUpTo(numbers: readonly number[], limit: number): number {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
