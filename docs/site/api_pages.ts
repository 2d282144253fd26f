/** The API's pages, as `deno doc` writes them, made to work from the disk and on any machine. */

import commandLine from "../../cli/deno.json" with { type: "json" };
import library from "../../deno.json" with { type: "json" };
import { escapeHtml, textOf } from "./markdown.ts";

const ROOT = new URL("../../", import.meta.url);

/** The modules that the pages describe. A `.wasm` file has nothing to document, and that of a `.js` is in its `.d.ts`. */
const MODULES = [
  ...Object.values(library.exports)
    .filter((entry) => !entry.endsWith(".wasm"))
    .map((entry) => entry.replace(/\.js$/, ".d.ts")),
  ...Object.values(commandLine.exports).map((entry) => `cli/${entry}`),
];

/** What the path at the top of each page begins with; there, a link back to the guides is added. */
const BREADCRUMBS = '<ul class="breadcrumbs">';

async function htmlFiles(folder: URL): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await htmlFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith(".html")) files.push(new URL(name, folder));
  }
  return files;
}

/**
 * Writes the pages into `api/` of a site. `deno doc` links to sources by their addresses on this machine, and to
 * folders, which only a server resolves; both are replaced.
 *
 * @param addressOf returns the address of a file of the repository, from the root of the site
 */
export async function writeApi(site: URL, addressOf: (path: string) => string): Promise<URL> {
  const api = new URL("api/", site);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--quiet", "--html", `--name=${library.name}`, `--output=${api.pathname}`]
      .concat(MODULES),
    cwd: ROOT,
    stdout: "null",
  }).output();
  if (!success) {
    throw new Error(`Cannot write the API's pages: ${new TextDecoder().decode(stderr)}`);
  }
  for (const file of await htmlFiles(api)) {
    const depth = file.pathname.slice(site.pathname.length).split("/").length - 1;
    const up = "../".repeat(depth);
    const html = await Deno.readTextFile(file);
    const tidied = html.replaceAll(/(?<=\shref=")[^"]+(?=")/g, (attribute) => {
      const link = textOf(attribute);
      // `deno doc` links the name of a mapped type to a type parameter, which the page does not list.
      if (link.startsWith("#") && !html.includes(`id="${link.slice(1)}"`)) return "#";
      const [path, anchor] = link.split(/(?=#)/);
      let address = path;
      if (path.startsWith(ROOT.href)) {
        address = up + addressOf(path.slice(ROOT.href.length));
      } else if (path.endsWith("/") && !/^[a-z]+:/.test(path)) address += "index.html";
      return escapeHtml(address + (anchor ?? ""));
    });
    const home = `<li><a href="${up}index.html" class="contextLink">Guides</a></li><li>/</li>`;
    await Deno.writeTextFile(file, tidied.replace(BREADCRUMBS, BREADCRUMBS + home));
  }
  return api;
}
