/** The search field of every page. `search_index.js`, a script since pages from a file cannot fetch, is loaded first. */

import type { Entry } from "../search_index.ts";

const SHOWN = 20;
/** Characters of text shown around the first match. */
const EXCERPT = 160;
const IN_TITLE = 10;
const WHOLE_TITLE = 20;

declare global {
  var SEARCH_INDEX: readonly Entry[];
}

const form = document.querySelector("form")!;
const query = document.querySelector<HTMLInputElement>("#query")!;
const found = document.querySelector<HTMLElement>("#found")!;
const count = document.querySelector<HTMLElement>("#count")!;
const results = document.querySelector<HTMLElement>("#results")!;

/** Returns how well an entry matches all words; 0 if one of them is missing. */
function score({ title, page, text }: Entry, words: readonly string[]): number {
  const heading = title.toLowerCase();
  const all = `${heading} ${page.toLowerCase()} ${text.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return 0;
  let sum = 1 + (heading === words.join(" ") ? WHOLE_TITLE : 0);
  for (const word of words) if (heading.includes(word)) sum += IN_TITLE;
  return sum;
}

function excerpt(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase();
  const first = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0).sort((a, b) =>
    a - b
  );
  const from = Math.max((first[0] ?? 0) - EXCERPT / 4, 0);
  const part = text.slice(from, from + EXCERPT);
  return `${from > 0 ? "…" : ""}${part}${from + EXCERPT < text.length ? "…" : ""}`;
}

function show(entry: Entry, words: readonly string[]): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = entry.address;
  link.textContent = entry.title === entry.page ? entry.title : `${entry.page}: ${entry.title}`;
  const text = document.createElement("p");
  text.textContent = excerpt(entry.text, words);
  item.append(link, text);
  return item;
}

function search(): void {
  const words = query.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  found.hidden = words.length === 0;
  if (found.hidden) return;
  const matches = SEARCH_INDEX.map((entry) => ({ entry, points: score(entry, words) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points);
  count.textContent = matches.length === 1 ? "1 result" : `${matches.length} results`;
  results.replaceChildren(...matches.slice(0, SHOWN).map(({ entry }) => show(entry, words)));
}

query.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  results.querySelector("a")?.click();
});
// A result on this page only moves to its heading.
results.addEventListener("click", () => found.hidden = true);
form.hidden = false;

// On a phone the navigation would push the text off the screen.
if (matchMedia("(max-width: 50rem)").matches) document.querySelector("details")!.open = false;
