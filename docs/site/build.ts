/**
 * Builds the site of README, guides and API: `deno task docs` writes out/site, which works on any static server and
 * from the disk. A broken link within the site is a failure; links to other servers are listed.
 */

import { stop, transform } from "esbuild";
import { writeApi } from "./api_pages.ts";
import { checkLinks, type LinkReport } from "./link_check.ts";
import { escapeHtml, render, type Rendered } from "./markdown.ts";
import { PAGES } from "./pages.ts";
import { type Entry, sectionsOf, symbolsOf } from "./search_index.ts";
import { pageHtml } from "./template.ts";

const ROOT = new URL("../../", import.meta.url);
const CLIENT = new URL("client/", import.meta.url);
const IMAGE = /\.(svg|png)$/;

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** Returns the path from the root that a link of a page leads to, and its anchor with the "#". */
function targetOf(source: string, link: string): { path: string; anchor: string } {
  const { href, hash } = new URL(link, new URL(source, ROOT));
  return { path: href.slice(ROOT.href.length, href.length - hash.length), anchor: hash };
}

/** Files of the repository that pages link to, which become pages or images of the site. */
class LinkedFiles {
  /** Their paths, by the names of the site's files. */
  readonly paths = new Map<string, string>();

  /** Returns the address of a file in the site. */
  add(path: string): string {
    const name = path.replaceAll("/", "-").replace(/^[.-]+/, "");
    const file = IMAGE.test(path) ? name : `source-${name}.html`;
    this.paths.set(file, path);
    return file;
  }
}

/** Returns the function that turns a link of a page into an address in the site. */
function addresses(source: string, linked: LinkedFiles): (link: string) => string {
  return (link) => {
    if (/^[a-z]+:/.test(link)) return link;
    const { path, anchor } = targetOf(source, link);
    const page = PAGES.find((page) => page.source === path);
    return (page?.file ?? linked.add(path)) + anchor;
  };
}

/** Throws if a guide is in no group of the navigation. */
async function checkNavigation(): Promise<void> {
  const sources = new Set(PAGES.map(({ source }) => source));
  for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
    if (name.endsWith(".md") && !sources.has(`docs/${name}`)) {
      throw new Error(`Cannot build the site: docs/${name} is in no group of docs/site/pages.ts`);
    }
  }
}

async function writeClient(out: URL, index: readonly Entry[]): Promise<void> {
  await Deno.copyFile(new URL("style.css", CLIENT), new URL("style.css", out));
  const source = await Deno.readTextFile(new URL("search.ts", CLIENT));
  try {
    const { code } = await transform(source, { loader: "ts", format: "iife", minify: true });
    await Deno.writeTextFile(new URL("search.js", out), code);
  } finally {
    await stop();
  }
  const script = `globalThis.SEARCH_INDEX = ${JSON.stringify(index)};\n`;
  await Deno.writeTextFile(new URL("search_index.js", out), script);
}

/** Writes the site into an empty folder, and follows its links. */
export async function buildSite(out: URL): Promise<LinkReport> {
  await checkNavigation();
  const linked = new LinkedFiles();
  const apiWritten = writeApi(out, (path) => linked.add(path));
  const bodies = new Map<string, Rendered>();
  for (const { source, file } of PAGES) {
    bodies.set(file, render(await read(source), addresses(source, linked)));
  }
  const titles = new Map([...bodies].map(([file, { title }]) => [file, title]));
  const write = (file: string, { title, html }: Rendered) =>
    Deno.writeTextFile(new URL(file, out), pageHtml({ file, title, html, titles }));
  for (const [file, body] of bodies) await write(file, body);
  const symbols = await symbolsOf(await apiWritten);
  for (const [file, path] of linked.paths) {
    const bytes = await Deno.readFile(new URL(path, ROOT)).catch(notFound);
    // The check of links reports it.
    if (bytes === undefined) continue;
    if (IMAGE.test(path)) await Deno.writeFile(new URL(file, out), bytes);
    else await write(file, sourcePage(path, new TextDecoder().decode(bytes)));
  }
  const sections = [...bodies].flatMap(([file, { title, html }]) => sectionsOf(file, title, html));
  await writeClient(out, [...sections, ...symbols]);
  return await checkLinks(out);
}

function notFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Shows a file of the repository. */
function sourcePage(path: string, text: string): Rendered {
  return {
    title: path,
    html: `<h1>${path}</h1>\n<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`,
  };
}

if (import.meta.main) {
  const out = new URL("out/site/", ROOT);
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const { broken, external, internal } = await buildSite(out);
  console.log(`Links to other servers, which are not followed:\n  ${external.join("\n  ")}`);
  console.log(`Wrote ${out.pathname}index.html: ${PAGES.length} pages, ${internal} links`);
  if (broken.length > 0) {
    console.error(`Cannot find the targets of these links:\n  ${broken.join("\n  ")}`);
    Deno.exit(1);
  }
}
