/** The site of README, guides and API: its links, its search, and how it looks in Chromium. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { chromium, type Page } from "playwright-core";
import { buildSite } from "../../docs/site/build.ts";
import { checkLinks } from "../../docs/site/link_check.ts";
import { render } from "../../docs/site/markdown.ts";
import { PAGES } from "../../docs/site/pages.ts";
import { accessibilityComplaints } from "../accessibility.ts";
import { CHROMIUM, QUIET } from "../chromium.ts";
import { named, whyMissing } from "../missing.ts";

async function temporaryFolder(): Promise<URL> {
  return new URL(`file://${await Deno.makeTempDir()}/`);
}

Deno.test("render() gives headings GitHub's anchors, and escapes code", () => {
  const markdown = "# A `b` & c\n\n## Same\n\n## Same\n\n    x < y\n\n[to](other.html#there)\n";
  const { title, html } = render(markdown, (link) => `/${link}`);
  assertEquals(title, "A b & c");
  for (const id of ["a-b--c", "same", "same-1"]) assertStringIncludes(html, ` id="${id}"`);
  assertStringIncludes(html, "<code>x &lt; y</code>");
  assertStringIncludes(html, '<a href="/other.html#there">to</a>');
});

Deno.test("checkLinks() reports missing files and anchors, and lists other servers", async () => {
  const folder = await temporaryFolder();
  const links = ["b.html#here", "b.html#there", "c.html", "#top", "https://example.com/"];
  const html = links.map((href) => `<a href="${href}">x</a>`).join("\n");
  await Deno.writeTextFile(new URL("a.html", folder), `<h1 id="top">A</h1>${html}`);
  await Deno.writeTextFile(new URL("b.html", folder), '<h1 id="here">B</h1>');
  assertEquals(await checkLinks(folder), {
    broken: ["a.html: b.html#there", "a.html: c.html"],
    external: ["https://example.com/"],
    internal: 4,
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the site", async (t) => {
  const site = await temporaryFolder();
  try {
    await t.step("has no broken link", async () => {
      const { broken, external, internal } = await buildSite(site);
      assertEquals(broken, []);
      assert(internal > 1000, `${internal}`);
      assert(external.includes("https://github.com/noanabeshima/matryoshka-saes"));
    });
    await t.step("has an API without folders of this machine, and with a way back", async () => {
      const { pathname } = new URL("../../", import.meta.url);
      const text = await Deno.readTextFile(new URL("api/~/Trainer.html", site));
      assert(!text.replaceAll("&#x2F;", "/").includes(pathname));
      assertStringIncludes(text, '<a href="../../index.html" class="contextLink">Guides</a>');
    });
    await t.step("has every page and the API in its search index", async () => {
      const index = await Deno.readTextFile(new URL("search_index.js", site));
      for (const { file } of PAGES) assertStringIncludes(index, `"address":"${file}#`);
      for (const name of ["Trainer", "loadSae"]) {
        assertStringIncludes(index, `"address":"api/~/${name}.html"`);
      }
    });
    // Playwright keeps its connection to the browser for a moment after closing it.
    const options = { sanitizeOps: false, sanitizeResources: false };
    await t.step({
      ...named("opens from the disk in Chromium", whyMissing(CHROMIUM, "chromium")),
      ...options,
      fn: () => inChromium(site),
    });
  } finally {
    await Deno.remove(site, { recursive: true });
  }
});

async function inChromium(site: URL): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(new URL("index.html", site).href);
    assertEquals(await accessibilityComplaints(page), []);
    await findsByKeyboard(page);
    await page.goto(new URL("move-saes-between-libraries.html", site).href);
    assertEquals(await accessibilityComplaints(page), []);
    await page.emulateMedia({ colorScheme: "dark" });
    assertEquals(await accessibilityComplaints(page, ["color-contrast"]), []);
    await fitsPhones(page);
    assertEquals(complaints, []);
  } finally {
    await browser.close();
  }
}

async function findsByKeyboard(page: Page): Promise<void> {
  await page.getByRole("searchbox", { name: "Search" }).fill("two meanings prefix");
  const first = page.locator("#results a").first();
  assertEquals(await first.innerText(), "Run a trained SAE: Two meanings of a prefix");
  assertMatch(await page.getByRole("status").innerText(), /^\d+ results?$/);
  assertEquals(await accessibilityComplaints(page), []);
  await page.keyboard.press("Enter");
  await page.waitForURL(/run-a-trained-sae\.html#two-meanings-of-a-prefix$/);
}

async function fitsPhones(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const { file } of PAGES) {
    await page.goto(new URL(file, page.url()).href);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assertEquals([file, width], [file, 360]);
  }
}
