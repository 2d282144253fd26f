/** Checks the links of a folder of HTML files. */

import { textOf } from "./markdown.ts";

/** What the links of a folder lead to. */
export interface LinkReport {
  /** Links to files or anchors that do not exist: "page: link". */
  readonly broken: readonly string[];
  /** Addresses on other servers, sorted. */
  readonly external: readonly string[];
  /** The number of links within the folder. */
  readonly internal: number;
}

async function filesIn(folder: URL): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await filesIn(new URL(`${name}/`, folder)));
    else files.push(new URL(name, folder));
  }
  return files;
}

/** Returns the values of attributes. */
function attributes(html: string, names: string): string[] {
  return [...html.matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, "g"))].map(([, v]) => textOf(v));
}

/** Follows every `href` and `src` of the HTML files in a folder and below it. */
export async function checkLinks(folder: URL): Promise<LinkReport> {
  const files = await filesIn(folder);
  const anchors = new Map<string, Set<string>>(files.map(({ href }) => [href, new Set()]));
  const links: { page: URL; link: string }[] = [];
  for (const page of files.filter(({ pathname }) => pathname.endsWith(".html"))) {
    const html = await Deno.readTextFile(page);
    for (const id of attributes(html, "id")) anchors.get(page.href)!.add(id);
    for (const link of attributes(html, "href|src")) links.push({ page, link });
  }
  const external = new Set<string>();
  const broken: string[] = [];
  let internal = 0;
  for (const { page, link } of links) {
    if (/^[a-z]+:/.test(link)) {
      if (/^https?:/.test(link)) external.add(link);
      continue;
    }
    internal++;
    const target = new URL(link, page);
    const anchor = decodeURIComponent(target.hash.slice(1));
    target.hash = "";
    const found = anchors.get(target.href);
    if (found === undefined || anchor !== "" && !found.has(anchor)) {
      broken.push(`${page.href.slice(folder.href.length)}: ${link}`);
    }
  }
  return { broken, external: [...external].sort(), internal };
}
