/** The explorer's page in Chromium, from disk. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";
import { accessibilityComplaints } from "../../accessibility.ts";
import { CHROMIUM, QUIET } from "../../chromium.ts";
import { named, whyMissing } from "../../missing.ts";
import { inFolder } from "../run_cli.ts";
import { HOSTILE, writeSynthetic } from "./synthetic_explorer.ts";

const READY = "body[data-ready]";

/** Opens pages of one explorer; a message or error of any page fails the test. */
function inExplorer(
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

function pageTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    ...named(`the explorer's page ${name}`, whyMissing(CHROMIUM, "chromium")),
    // Playwright keeps its connection to the browser for a moment after closing it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

const numbers = (page: Page) => page.locator("#canvas .number").allTextContents();

pageTest(
  "searches by number, token and word of an example, and sorts",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/");
      const find = async (query: string, found: string) => {
        await page.fill("#search", query);
        await page.getByText(found, { exact: true }).waitFor();
      };
      await find("zeb", "2 of 512 latents");
      assertEquals(await numbers(page), ["7", "300"]);
      await find("#123", "1 of 512 latents");
      assertEquals(await numbers(page), ["123"]);
      await find("onerror", "1 of 512 latents");
      assertEquals(await numbers(page), ["1"]);
      await find("nowhere", "0 of 512 latents");
      assert(await page.locator("#none").isVisible());
      assertStringIncludes(page.url(), "q=nowhere");
      await find("", "512 latents");
      await page.getByRole("button", { name: "Max" }).click();
      assertEquals(await page.locator("#head [aria-sort=descending]").textContent(), "Max");
      const maxima = (await page.locator("#canvas .max").allTextContents()).map(Number)
        .filter((value) => !Number.isNaN(value));
      assert(maxima.length > 8);
      assertEquals(maxima, maxima.toSorted((a, b) => b - a));
      await page.getByRole("button", { name: "Max" }).click();
      assertEquals(await page.locator("#head [aria-sort=ascending]").textContent(), "Max");
      assertStringIncludes(page.url(), "sort=max");
    }),
);

pageTest(
  "unfolds the tree, and links lead to cards and back",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/tree");
      assertEquals(await page.locator("#tree a").count(), 4);
      await page.getByRole("button", { name: "Children of latent 0" }).click();
      assertEquals(await page.locator("#tree li li a").first().getAttribute("data-latent"), "4");
      await page.locator('#tree a[data-latent="4"]').click();
      await page.getByRole("heading", { name: "Latent 4" }).waitFor();
      await page.locator('#card a[data-latent="0"]').click();
      await page.getByRole("heading", { name: "Latent 0" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Latent 4" }).waitFor();
      const other = await open("#/latent/49");
      assertStringIncludes(
        await other.locator("#card").innerText(),
        "active in none of 100,000 rows",
      );
    }),
);

pageTest("is used by keyboard", () =>
  inExplorer(512, async (open) => {
    const page = await open("#/");
    await page.keyboard.press("/");
    await page.keyboard.type("the");
    await page.keyboard.press("Escape");
    await page.fill("#search", "");
    await page.locator('#canvas a[tabindex="0"]').focus();
    for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "Latent 2" }).waitFor();
    await page.keyboard.press("End");
    assertEquals(await page.locator(":focus").textContent(), "511");
    await page.locator("mark.peak").first().focus();
    assertEquals(await page.locator("#value").textContent(), "activation 4.8");
    await page.keyboard.press("ArrowRight");
    assertEquals(await page.locator("#value").textContent(), "activation 1.2");
    await page.goto(page.url().replace(/#.*/, "#/tree"));
    await page.locator("#tree a").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assertEquals(await page.locator(":focus").getAttribute("data-latent"), "4");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assertEquals(await page.locator("#tree li li").count(), 0);
  }));

pageTest(
  "shows at each level what is known, and dims what lies beyond",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/latent/17?level=0");
      assertEquals(await page.locator("#prefix").textContent(), "first 32 of 512 latents");
      assertEquals(
        await page.locator("#knows").textContent(),
        "unexplained: 50 % of all rows, 25 % of latent 17’s",
      );
      await page.locator("#level").focus();
      await page.keyboard.press("ArrowRight");
      await page.getByText("first 128 of 512 latents").waitFor();
      await page.locator("#rows").evaluate((rows) => rows.scrollTop = 120 * 40);
      await page.locator(".row.beyond").first().waitFor();
      assertEquals(await page.locator(".row.beyond .number").first().textContent(), "128");
    }),
);

pageTest("shows hostile tokens as text", () =>
  inExplorer(512, async (open) => {
    const page = await open("#/");
    for (const [latent, token] of HOSTILE.entries()) {
      await page.goto(page.url().replace(/#.*/, `#/latent/${latent}`));
      await page.getByRole("heading", { name: `Latent ${latent}`, exact: true }).waitFor();
      const chip = page.locator(".chips .token").first();
      const shown = await chip.textContent();
      assertEquals(shown, token.length > 200 ? `${token.slice(0, 199)}…` : token);
      assertEquals(await chip.evaluate((e) => getComputedStyle(e).unicodeBidi), "isolate");
      assertEquals(await page.title(), `Latent ${latent} · runs/synthetic`);
      assertEquals(await page.locator("bdi *").count(), 0);
    }
  }));

pageTest(
  "is accessible, in light and dark, and fits 390 pixels",
  () =>
    inExplorer(512, async (open) => {
      for (const width of [1280, 390]) {
        for (const hash of ["#/", "#/tree", "#/latent/17?level=0", "#/latent/4"]) {
          const page = await open(hash, width);
          assertEquals(await accessibilityComplaints(page), [], hash);
          await page.emulateMedia({ colorScheme: "dark" });
          assertEquals(
            await accessibilityComplaints(page, ["color-contrast"]),
            [],
            `${hash}, dark`,
          );
          const over = await page.evaluate(() =>
            document.documentElement.scrollWidth - document.documentElement.clientWidth
          );
          assertEquals(over, 0, `${hash} at ${width}`);
          await page.close();
        }
      }
      const phone = await open("#/latent/17", 390);
      await phone.getByRole("link", { name: "All latents" }).click();
      await phone.locator("#rows").waitFor();
      assert(!await phone.locator("#title").isVisible());
    }),
);

pageTest(
  "opens 16,384 latents in two seconds, with few rows in the document",
  () =>
    inExplorer(16_384, async (open, requested) => {
      // Others share the machine's cores: the fastest of five tries counts.
      let page = await open("#/latent/9000");
      let fastest = await page.evaluate(() => performance.now());
      for (let tries = 1; tries < 5 && fastest >= 2000; tries++) {
        await page.close();
        page = await open("#/latent/9000");
        fastest = Math.min(fastest, await page.evaluate(() => performance.now()));
      }
      assertLess(fastest, 2000);
      for (const place of [0, 8000, 16_384]) {
        await page.locator("#rows").evaluate((rows, top) => rows.scrollTop = top, place * 40);
        await page.locator(`#canvas [aria-rowindex="${Math.min(place, 16_383) + 2}"]`).waitFor();
        assertLess(await page.locator("#canvas .row").count(), 60);
      }
      assertLess(8, requested.size);
      for (const address of requested) {
        const { size } = await Deno.stat(new URL(new URL(address).pathname, "file://"));
        assertLess(size, 1e6, address);
      }
    }),
);
