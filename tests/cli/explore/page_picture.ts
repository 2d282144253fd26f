/**
 * Writes the picture of the explorer's page, docs/pictures/explorer.webp: a latent of the demo's Matryoshka autoencoder
 * that has children in the tree.
 */
import { chromium } from "playwright-core";
import { CHROMIUM, QUIET } from "../../chromium.ts";
import { writeWebp } from "../../webp.ts";
import { inFolder, runCli } from "../run_cli.ts";

const PATH = new URL("../../../docs/pictures/explorer.webp", import.meta.url);
const VIEWPORT = { width: 1200, height: 760 };

await inFolder(async (folder) => {
  const { code, stderr } = await runCli(["demo", "--out", folder]);
  if (code !== 0) throw new Error(`Cannot draw the explorer: ${stderr}`);
  const explorer = `${folder}/explore-matryoshka`;
  const { latents } = JSON.parse(await Deno.readTextFile(`${explorer}/explore.json`));
  const parent = latents.find(({ children }: { children: unknown[] }) => children.length > 2);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: "light" });
    await page.goto(`file://${explorer}/index.html#/latent/${parent.latent}`);
    await page.locator("#card h2").first().waitFor();
    await writeWebp(PATH, page, await page.screenshot());
  } finally {
    await browser.close();
  }
});
