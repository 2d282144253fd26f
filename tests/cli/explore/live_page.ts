/** Opens the view of new rows in Chromium, for its tests. */
import { assertEquals } from "@std/assert";
import { chromium, type Page } from "playwright-core";
import type { Activation } from "../../../mod.ts";
import { CHROMIUM, QUIET } from "../../chromium.ts";
import { named, whyMissing } from "../../missing.ts";
import { inFolder } from "../run_cli.ts";
import { type Active, writeLiveFolder } from "./live_folder.ts";

/** What a test is given. */
export interface LiveTest {
  /** Holds the explorer in `out`, and `text.safetensors`. */
  readonly folder: string;
  /** What is active in each row of the text, strongest first. */
  readonly active: readonly (readonly Active[])[];
  /** The addresses of all requests so far. */
  readonly requests: string[];
  /** Opens the explorer, by default from disk. */
  open(options?: { readonly address?: string; readonly width?: number }): Promise<Page>;
}

/**
 * Registers a test of the view of an autoencoder with this activation. An error of any page fails it, and so does a
 * message other than one permitted.
 */
export function liveTest(
  name: string,
  activation: Activation,
  fn: (given: LiveTest, t: Deno.TestContext) => Promise<void>,
  permitted = /^$/,
): void {
  Deno.test({
    ...named(`the explorer's page ${name}`, whyMissing(CHROMIUM, "chromium")),
    // Playwright keeps its connection to the browser for a moment after closing it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      inFolder(async (folder) => {
        const active = await writeLiveFolder(folder, activation);
        const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
        const complaints: string[] = [], requests: string[] = [];
        try {
          await fn({ folder, active, requests, open }, t);
          assertEquals(complaints.filter((text) => !permitted.test(text)), []);
        } finally {
          await browser.close();
        }

        async function open(
          { address = `file://${folder}/out/index.html`, width = 1280 } = {},
        ): Promise<Page> {
          const page = await browser.newPage({ viewport: { width, height: 800 } });
          page.on("pageerror", ({ message }) => complaints.push(message));
          page.on("console", (message) => complaints.push(message.text()));
          page.on("dialog", (dialog) => complaints.push(dialog.message()));
          page.on("request", (request) => requests.push(request.url()));
          await page.goto(address);
          await page.waitForSelector("body[data-ready]");
          return page;
        }
      }),
  });
}

/** Opens the view by its link. */
export async function openView(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Your text" }).click();
  await page.getByRole("heading", { name: "Your own text" }).waitFor();
}

/** Waits for a text in the view. */
export async function sees(page: Page, text: string | RegExp): Promise<void> {
  await page.locator("#live").getByText(text).first().waitFor();
}

/** Returns the latents below each token, with their activations. */
export function shownLatents(page: Page): Promise<Active[][]> {
  return page.locator(".gloss li").evaluateAll((cells) =>
    cells.map((cell) =>
      [...cell.querySelectorAll<HTMLElement>(".latent")].map((mark) => ({
        latent: Number(mark.querySelector("a")!.dataset.latent),
        value: Number(mark.dataset.value),
      }))
    )
  );
}

/** Throws unless the page shows the four strongest latents of each row with the very same activations. */
export async function assertShown(page: Page, active: LiveTest["active"]): Promise<void> {
  assertEquals(await shownLatents(page), active.map((row) => row.slice(0, 4)));
}
