/** The latents that docs/explore.md says a reader should find, and whether an explorer shows them. */

/** The page that names them. */
export const EXPLORE_PAGE = "docs/explore.md";

/** A latent, and the words that it is said to stand for. */
export interface NamedLatent {
  readonly latent: number;
  readonly words: readonly string[];
}

/** What is read of an explorer's latent. */
interface ShownLatent {
  readonly distinctive: readonly { readonly text: string }[];
}

/** A row of the page's table: `| 123 | if, when, unless | conditions |`. */
const ROW = /^\| (\d+) \| ([a-z, ]+) \| /gm;

/** Reads the table of the page. */
export function namedLatents(page: string): NamedLatent[] {
  return [...page.matchAll(ROW)].map(([, latent, words]) => ({
    latent: Number(latent),
    words: words.split(", "),
  }));
}

/** Returns those of the words that are among the tokens which set the latent apart, in the order of the page. */
export function foundWords({ words }: NamedLatent, { distinctive }: ShownLatent): string[] {
  const shown = distinctive.map(({ text }) => text.trim());
  return words.filter((word) => shown.includes(word));
}

/** Writes the beginning of a table's row with the words that were found. */
export const foundRow = (named: NamedLatent, shown: ShownLatent): string =>
  `| ${named.latent} | ${foundWords(named, shown).join(", ")} |`;
