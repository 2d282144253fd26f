/** What a page needs to show an explorer of its own, without a folder. */
import type { Explored } from "../details.ts";
import { type ManifestFacts, pieces } from "../pieces.ts";

/** Returns all pieces by name, which are to be `globalThis.explorer.pieces` before the explorer's script runs. */
export function explorerPieces(explored: Explored, facts: ManifestFacts): Record<string, unknown> {
  const named = Array.from(pieces(explored, facts), ({ name, json }) => [name, JSON.parse(json)]);
  return Object.fromEntries(named);
}
