/**
 * Loads the pieces of `data/`. They are scripts that call `explorer.receive`, because a page that was opened from disk
 * may not fetch files.
 */
import type { LatentDetails, ListPiece, Manifest, VocabularyPiece, WordPiece } from "../format.ts";

/** Pieces that are there before this script, in a page that has no folder `data`. */
const given: { readonly pieces?: Readonly<Record<string, unknown>> } | undefined = Reflect.get(
  globalThis,
  "explorer",
);
const received = new Map<string, unknown>(Object.entries(given?.pieces ?? {}));
const loading = new Map<string, Promise<unknown>>();

Object.assign(globalThis, {
  explorer: {
    receive(name: string, value: unknown) {
      received.set(name, value);
    },
  },
});

/** Loads a piece once, by default from `data/`. */
function load(name: string, address = `data/${name}.js`): Promise<unknown> {
  const known = loading.get(name);
  if (known) return known;
  if (received.has(name)) return Promise.resolve(received.get(name));
  const piece = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const failed = () => {
      loading.delete(name);
      script.remove();
      reject(new Error(`Cannot load ${address}: it is missing or broken`));
    };
    script.onload = () => {
      if (!received.has(name)) return failed();
      script.remove();
      resolve(received.get(name));
    };
    script.onerror = failed;
    script.src = address;
    document.head.append(script);
  });
  loading.set(name, piece);
  return piece;
}

/** Loads what the explorer shows. */
export const loadManifest = () => load("manifest") as Promise<Manifest>;
/** Loads a piece of the list. */
export const loadList = (piece: number) => load(`list/${piece}`) as Promise<ListPiece>;
/** Loads a bucket of the search. */
export const loadWords = (bucket: number) => load(`words/${bucket}`) as Promise<WordPiece>;
/** Loads a piece of the vocabulary. */
export const loadVocabulary = (piece: number) =>
  load(`vocabulary/${piece}`) as Promise<VocabularyPiece>;
/** Loads the view of new rows, with its encoder, which is a script of its own. */
export const loadLive = () => load("live", "live.js");

/** Loads all of one latent. */
export async function loadDetails(manifest: Manifest, latent: number): Promise<LatentDetails> {
  const { pieceSize } = manifest.details;
  const piece = await load(`details/${Math.floor(latent / pieceSize)}`) as LatentDetails[];
  return piece[latent % pieceSize];
}
