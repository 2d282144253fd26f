/** An explorer's folder made up for tests of the page, of any number of latents. */
import { explorerPageFiles } from "../../../cli/explore/page_files.ts";
import type { Example, LatentDetails, Manifest } from "../../../cli/explore/format.ts";
import { wordBucket } from "../../../cli/explore/words.ts";

/** Tokens that a page must show as text: markup, a change of direction, control characters, 10 kB. */
export const HOSTILE: readonly string[] = [
  "<script>document.title = 'broken'</script>",
  "<img src=x onerror=\"document.title = 'broken'\">",
  "\u202egnp.exe",
  "\u0000\u0007\u001b[31m",
  "w".repeat(10_240),
  "שלום",
];
const WORDS = [" the", " of", " river", " Paris", " seven", "ing", " blue", " never"];
const LIST = 1024, DETAILS = 32, BUCKETS = 16, ROWS = 100_000;

/** Children of latent n are 4n + 4 and the three after it, if n is below a 16th of all. */
const parentOf = (latent: number, all: number) =>
  latent >= 4 && Math.floor(latent / 4) - 1 < all / 16 ? Math.floor(latent / 4) - 1 : -1;

function tokenOf(n: number): string {
  return n < HOSTILE.length ? HOSTILE[n] : WORDS[n % WORDS.length];
}

function exampleOf(latent: number, n: number, max: number): Example {
  const tokens = Array.from(
    { length: 12 },
    (_, m) => m === 5 ? tokenOf(latent) : WORDS[(m + n) % 8],
  );
  const values = tokens.map((_, m) => m === 5 ? max * (1 - n / 10) : m === 7 ? max / 4 : 0);
  return { row: 97 * latent + n, peak: 5, tokens, values };
}

function detailsOf(latent: number, all: number, levels: Manifest["levels"]): LatentDetails {
  const max = 1 + (latent * 7919) % 100 / 10;
  const count = latent % 50 === 49 ? 0 : 10 + (latent * 104729) % 9973;
  const link = (other: number) => ({ latent: other, similarity: 0.8, absorption: 0.1, gain: 0.3 });
  const others = [1, 2, 3].map((n) => (latent + n) % all);
  const children = Array.from({ length: 4 }, (_, n) => 4 * latent + 4 + n)
    .filter((child) => child < all && parentOf(child, all) === latent);
  const parent = parentOf(latent, all);
  return {
    latent,
    count,
    max,
    mean: max / 3,
    level: levels.findIndex(({ prefix }) => latent < prefix),
    histogram: {
      from: 0,
      width: max / 20,
      counts: Array.from({ length: 20 }, (_, n) => 400 - 20 * n),
    },
    top: [0, 1, 2].map((n) => exampleOf(latent, n, max)),
    quantiles: [{ from: 0.5, to: 0.75, examples: [exampleOf(latent, 4, max)] }],
    tokens: [{ text: tokenOf(latent), count: 9, share: 0.4, lift: 12 }],
    distinctive: [{ text: tokenOf(latent), count: 9, share: 0.4, lift: 12 }],
    coactive: others.map((other, n) => ({ latent: other, count: 9 - n, share: 0.5 - n / 10 })),
    nearest: others.map((other, n) => ({ latent: other, cosine: 0.6 - n / 10 })),
    levels: levels.map(({ fvu }) => fvu / 2),
    ...(parent >= 0 && { parent: link(parent) }),
    children: children.map(link),
  };
}

/** Writes an explorer; the latents divisible by 50 less one are dead. */
export async function writeSynthetic(folder: string, all: number): Promise<void> {
  const levels = [all / 16, all / 4, all].map((prefix, n) => ({ prefix, fvu: 0.5 / (n + 1) }));
  for (const name of ["list", "details", "words"]) {
    await Deno.mkdir(`${folder}/data/${name}`, { recursive: true });
  }
  const write = (name: string, value: unknown) =>
    Deno.writeTextFile(
      `${folder}/data/${name}.js`,
      `explorer.receive(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
  for (const { name, text } of await explorerPageFiles()) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const details = Array.from({ length: all }, (_, latent) => detailsOf(latent, all, levels));
  const slices = (size: number) =>
    Array.from(
      { length: Math.ceil(all / size) },
      (_, n) => details.slice(n * size, (n + 1) * size),
    );
  for (const [n, slice] of slices(LIST).entries()) {
    await write(`list/${n}`, {
      from: n * LIST,
      count: slice.map(({ count }) => count),
      max: slice.map(({ max }) => max),
      mean: slice.map(({ mean }) => mean),
      tokens: slice.map(({ latent }) => [tokenOf(latent), WORDS[latent % 3]]),
      parent: slice.map(({ parent }) => parent?.latent ?? -1),
      children: slice.map(({ children }) => children.length),
    });
  }
  for (const [n, slice] of slices(DETAILS).entries()) await write(`details/${n}`, slice);
  const buckets: Record<string, number[]>[] = Array.from({ length: BUCKETS }, () => ({}));
  // A word of one example alone, that no latent's own tokens have.
  buckets[wordBucket("zebra", BUCKETS)].zebra = [7, 300];
  for (const [n, bucket] of buckets.entries()) await write(`words/${n}`, bucket);
  const manifest: Manifest = {
    version: 1,
    title: "runs/synthetic",
    source: {
      sae: "synthetic",
      data: "rows.npy",
      activation: "jumprelu",
      inputSize: 64,
      latentCount: all,
    },
    rows: ROWS,
    context: 64,
    hasTokens: true,
    l0: 32.5,
    dead: Math.floor(all / 50),
    levels,
    list: { pieceSize: LIST, pieces: Math.ceil(all / LIST) },
    details: { pieceSize: DETAILS, pieces: Math.ceil(all / DETAILS) },
    words: { buckets: BUCKETS },
  };
  await write("manifest", manifest);
}
