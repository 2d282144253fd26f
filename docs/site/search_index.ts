/** What the search of the site finds: the sections of all pages, and the symbols of the API. */

import { textOf } from "./markdown.ts";

/** A place that the search can lead to. */
export interface Entry {
  /** The heading of the section, or the name of the symbol. */
  readonly title: string;
  /** The title of its page. */
  readonly page: string;
  readonly address: string;
  readonly text: string;
}

/** Returns an entry for each section of a page. */
export function sectionsOf(file: string, page: string, html: string): Entry[] {
  // The first part holds what stands before the first heading: nothing.
  return html.split(/(?=<h[1-4] id=")/).filter((part) => part.startsWith("<h")).map((part) => {
    const [heading, anchor, inner] = part.match(/^<h\d id="([^"]+)">(.*?)<\/h\d>/)!;
    const title = textOf(inner.replace(/ <a class="anchor".*/, ""));
    const text = textOf(part.slice(heading.length)).replaceAll(/\s+/g, " ").trim();
    return { title, page, address: `${file}#${anchor}`, text };
  });
}

/** A symbol as `deno doc` lists it for its own search. */
interface Listed {
  readonly name: string;
  readonly doc: string;
  readonly url: string;
}

/** Returns an entry for each exported symbol, from the index that `deno doc --html` wrote into `folder`. */
export async function symbolsOf(folder: URL): Promise<Entry[]> {
  const script = await Deno.readTextFile(new URL("search_index.js", folder));
  const [, json] = script.match(/DENO_DOC_SEARCH_INDEX = (\{.*\});?\s*\}\)/s) ?? [];
  if (json === undefined) throw new Error("Cannot read the search index of deno doc");
  const { nodes }: { nodes: Listed[] } = JSON.parse(json);
  const entries = new Map<string, Entry>();
  for (const { name, doc, url } of nodes) {
    // Members are on the pages of their classes. Several entries of the package export the same symbols.
    if (name.includes(".") || entries.has(name)) continue;
    const address = `api/${url.replace(/^(\.\/)+/, "")}`;
    entries.set(name, { title: name, page: "API", address, text: doc });
  }
  return [...entries.values()];
}
