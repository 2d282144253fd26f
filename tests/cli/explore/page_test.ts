/** The explorer's page in Chromium, from disk. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { quantile, scrollFrames } from "../../../bench/explore/frames.ts";
import { accessibilityComplaints } from "../../accessibility.ts";
import { inExplorer, pageTest } from "./page_tests.ts";
import { HOSTILE } from "./synthetic_explorer.ts";
import { press, texts, until } from "./until.ts";

const numbers = (page: Page) => texts(page, "#canvas .number");

pageTest(
  "searches by number, token and word of an example, and sorts",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/");
      const found = () => texts(page, "#found");
      const find = async (query: string, expected: string) => {
        await page.fill("#search", query);
        await until(found, [expected]);
      };
      await find("zeb", "2 of 512 latents");
      await until(() => numbers(page), ["7", "300"]);
      await find("#123", "1 of 512 latents");
      await until(() => numbers(page), ["123"]);
      await find("onerror", "1 of 512 latents");
      await until(() => numbers(page), ["1"]);
      await find("nowhere", "0 of 512 latents");
      await until(() => page.locator("#none").isVisible(), true);
      await until(() => page.url().includes("q=nowhere"), true);
      await find("", "512 latents");
      await page.getByRole("button", { name: "Max" }).click();
      await until(() => texts(page, "#head [aria-sort=descending]"), ["Max"]);
      const maxima = (await texts(page, "#canvas .max")).map(Number)
        .filter((value) => !Number.isNaN(value));
      assert(maxima.length > 8);
      assertEquals(maxima, maxima.toSorted((a, b) => b - a));
      await page.getByRole("button", { name: "Max" }).click();
      await until(() => texts(page, "#head [aria-sort=ascending]"), ["Max"]);
      await until(() => page.url().endsWith("sort=max"), true);
    }),
);

pageTest(
  "drops a search that arrives when it is no longer asked for",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/");
      await page.evaluate(() => {
        const append = document.head.append.bind(document.head);
        document.head.append = (script) => {
          addEventListener("release", () => append(script), { once: true });
          document.body.dataset.held = "true";
        };
      });
      await page.fill("#search", "zeb");
      await page.waitForSelector("body[data-held]");
      await page.fill("#search", "");
      const first = await numbers(page);
      assert(first.length > 8);
      await page.evaluate(() => dispatchEvent(new Event("release")));
      await until(() => page.locator("head script").count(), 0);
      await until(() => texts(page, "#found"), ["512 latents"]);
      assertEquals(await numbers(page), first);
    }),
);

pageTest(
  "unfolds the tree, and links lead to cards and back",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/tree");
      await until(() => page.locator("#tree a").count(), 4);
      await page.getByRole("button", { name: "Children of latent 0" }).click();
      await until(
        () => page.locator("#tree li li a").first().getAttribute("data-latent"),
        "4",
      );
      await page.locator('#tree a[data-latent="4"]').click();
      await until(() => texts(page, "#title"), ["Latent 4"]);
      await page.locator('#card a[data-latent="0"]').click();
      await until(() => texts(page, "#title"), ["Latent 0"]);
      await page.goBack();
      await until(() => texts(page, "#title"), ["Latent 4"]);
      const other = await open("#/latent/49");
      assertStringIncludes(
        await other.locator("#card").innerText(),
        "active in none of 100,000 rows",
      );
    }),
);

pageTest(
  "shows at each level what is known, and dims what lies beyond",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/latent/17?level=0");
      await until(() => texts(page, "#prefix"), ["first 32 of 512 latents"]);
      await until(
        () => texts(page, "#knows"),
        ["unexplained: 50 % of all rows, 25 % of latent 17’s"],
      );
      await page.locator("#level").focus();
      await press(page, ["ArrowRight", () => texts(page, "#prefix"), ["first 128 of 512 latents"]]);
      await page.locator("#rows").evaluate((rows) => rows.scrollTop = 120 * 40);
      await until(() => texts(page, ".row.beyond .number").then(([first]) => first), "128");
    }),
);

pageTest("shows hostile tokens as text", () =>
  inExplorer(512, async (open) => {
    const page = await open("#/");
    for (const [latent, token] of HOSTILE.entries()) {
      await page.goto(page.url().replace(/#.*/, `#/latent/${latent}`));
      await until(() => texts(page, "#title"), [`Latent ${latent}`]);
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
    }),
);

pageTest(
  "opens 16,384 latents in two seconds, with few rows in the document",
  () =>
    inExplorer(16_384, async (open, requested) => {
      // Others share the machine's cores: the fastest of ten tries counts.
      const readyAfter = (page: Page) =>
        page.evaluate(() => performance.getEntriesByName("ready")[0].startTime);
      let page = await open("#/latent/9000");
      let fastest = await readyAfter(page);
      for (let tries = 1; tries < 10 && fastest >= 2000; tries++) {
        await page.close();
        page = await open("#/latent/9000");
        fastest = Math.min(fastest, await readyAfter(page));
      }
      assertLess(fastest, 2000);
      for (const place of [0, 8000, 16_384]) {
        await page.locator("#rows").evaluate((rows, top) => rows.scrollTop = top, place * 40);
        await page.locator(`#canvas [aria-rowindex="${Math.min(place, 16_383) + 2}"]`).waitFor();
        assertLess(await page.locator("#canvas .row").count(), 60);
      }
      // A list that scrolls works for some milliseconds per frame; the bound is for busy machines.
      const { work } = await scrollFrames(page, 60);
      assertLess(quantile(work, 0.5), 50);
      assertLess(8, requested.size);
      for (const address of requested) {
        const { size } = await Deno.stat(new URL(new URL(address).pathname, "file://"));
        assertLess(size, 1e6, address);
      }
    }),
);
