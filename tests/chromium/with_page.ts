/**
 * A page in Debian's headless Chromium on SwiftShader, where Tint compiles what naga does under Deno.
 *
 * @module
 */
import { build, stop } from "esbuild";
import { chromium, type Page, type Route } from "playwright-core";
import { CHROMIUM, QUIET, SOFTWARE_WEBGPU } from "../chromium.ts";

async function bundle(entry: URL): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [entry.pathname],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
      // Files beside a module are beside the page.
      define: { "import.meta.url": "location.href" },
    });
    return outputFiles[0].text;
  } finally {
    await stop();
  }
}

/**
 * Runs a module in a page, and `body` with that page. The page's server has the files of `folder`.
 * Playwright keeps its connection for a moment after closing: its tests need `sanitizeOps: false`.
 */
export async function withPage(
  entry: URL,
  folder: URL,
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const script = await bundle(entry);
  const args = [...QUIET, ...SOFTWARE_WEBGPU];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  try {
    const page = await browser.newPage();
    // The address does not exist, but https makes a secure context, which WebGPU needs.
    await page.route("**/*", async (route: Route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      const html = { contentType: "text/html", body: "<!doctype html>" };
      await route.fulfill(name === "" ? html : { path: new URL(name, folder).pathname });
    });
    await page.goto("https://page.test/");
    await page.addScriptTag({ content: script });
    await body(page);
  } finally {
    await browser.close();
  }
}
