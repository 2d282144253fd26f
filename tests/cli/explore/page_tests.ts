/** Tests of the explorer's page in Chromium, from disk. */
import { assertEquals } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";
import { CHROMIUM, QUIET } from "../../chromium.ts";
import { named, whyMissing } from "../../missing.ts";
import { inFolder } from "../run_cli.ts";
import { writeSynthetic } from "./synthetic_explorer.ts";

const READY = "body[data-ready]";

/** Opens pages of one explorer; a message or error of any page fails the test. */
export function inExplorer(
  latents: number,
  body: (
    open: (hash: string, width?: number) => Promise<Page>,
    requested: ReadonlySet<string>,
  ) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    await writeSynthetic(folder, latents);
    const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
    const complaints: string[] = [];
    const requested = new Set<string>();
    try {
      await body(async (hash, width = 1280) => {
        const page = await browser.newPage({ viewport: { width, height: 800 } });
        page.on("pageerror", ({ message }) => complaints.push(message));
        page.on("console", (message) => complaints.push(message.text()));
        page.on("request", (request) => requested.add(request.url()));
        await page.goto(`file://${folder}/index.html${hash}`);
        await page.waitForSelector(READY);
        return page;
      }, requested);
      assertEquals(complaints, []);
    } finally {
      await browser.close();
    }
  });
}

/** Adds a test of a page, which is ignored without Chromium. */
export function pageTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    ...named(`the explorer's page ${name}`, whyMissing(CHROMIUM, "chromium")),
    // Playwright keeps its connection to the browser for a moment after closing it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}
