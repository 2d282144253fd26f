/** The columns of the list over all latents, which arrive piece by piece, and the search in them. */
import type { Manifest } from "../format.ts";
import { wordBucket } from "../words.ts";
import { loadList, loadWords } from "./pieces.ts";
import type { SortKey } from "./state.ts";

/** The columns; latents from `loaded` on have not arrived. */
export interface Latents {
  readonly count: Float64Array;
  readonly max: Float64Array;
  readonly parent: Int32Array;
  readonly children: Int32Array;
  readonly tokens: (readonly string[])[];
}

/** Loads every piece of the list. */
export async function loadLatents(manifest: Manifest): Promise<Latents> {
  const all = manifest.source.latentCount;
  const latents: Latents = {
    count: new Float64Array(all),
    max: new Float64Array(all),
    parent: new Int32Array(all).fill(-1),
    children: new Int32Array(all),
    tokens: Array.from({ length: all }, () => []),
  };
  await Promise.all(Array.from({ length: manifest.list.pieces }, async (_, n) => {
    const piece = await loadList(n);
    latents.count.set(piece.count, piece.from);
    latents.max.set(piece.max, piece.from);
    latents.parent.set(piece.parent, piece.from);
    latents.children.set(piece.children, piece.from);
    piece.tokens.forEach((tokens, m) => latents.tokens[piece.from + m] = tokens);
  }));
  return latents;
}

/** Returns the level in which a latent lies, an index into the levels of the manifest. */
export function levelOf(manifest: Manifest, latent: number): number {
  return manifest.levels.findIndex(({ prefix }) => latent < prefix);
}

/** Finds the latents with a number, or with a token or a word of their examples that starts with the query. */
export async function search(
  manifest: Manifest,
  latents: Latents,
  query: string,
): Promise<Int32Array> {
  const all = manifest.source.latentCount;
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return Int32Array.from({ length: all }, (_, latent) => latent);
  const found = new Set<number>();
  const number = /^#?(\d+)$/.exec(wanted)?.[1];
  if (number !== undefined && Number(number) < all) found.add(Number(number));
  latents.tokens.forEach((tokens, latent) => {
    if (tokens.some((text) => text.toLowerCase().includes(wanted))) found.add(latent);
  });
  const words = await loadWords(wordBucket(wanted, manifest.words.buckets));
  for (const [word, inExamples] of Object.entries(words)) {
    if (word.startsWith(wanted)) { for (const latent of inExamples) found.add(latent); }
  }
  return Int32Array.from(found).sort();
}

/** Sorts latents in place; equal ones stay in the order of their numbers. */
export function sortLatents(
  found: Int32Array,
  latents: Latents,
  key: SortKey,
  descending: boolean,
): Int32Array {
  const sign = descending ? -1 : 1;
  if (key === "number") return descending ? found.sort().reverse() : found.sort();
  if (key === "token") {
    const first = latents.tokens.map((tokens) => (tokens[0] ?? "").trim().toLowerCase());
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return found.sort((a, b) => {
      // Latents without a token come last in either order.
      if (first[a] === "" || first[b] === "") {
        return Number(first[a] === "") - Number(first[b] === "") || a - b;
      }
      return sign * compare(first[a], first[b]) || a - b;
    });
  }
  const column = latents[key];
  return found.sort((a, b) => sign * (column[a] - column[b]) || a - b);
}
