/**
 * Writes the pictures of the demo's explorers: docs/pictures/explorer.webp of a Matryoshka latent that has children in
 * the tree, and docs/pictures/explorer-vanilla.webp of an ordinary latent that has absorbed its parent.
 */
import { chromium } from "playwright-core";
import { CHROMIUM, QUIET } from "../../chromium.ts";
import { writeWebp } from "../../webp.ts";
import { inFolder, runCli } from "../run_cli.ts";

const PICTURES = new URL("../../../docs/pictures/", import.meta.url);
const VIEWPORT = { width: 1200, height: 700 };

/** What the choice of a latent needs. */
interface Latent {
  readonly latent: number;
  readonly children: readonly unknown[];
  readonly distinctive: readonly { readonly text: string }[];
}

/** A latent to show of each explorer. */
const CHOICES: readonly [string, string, (latent: Latent) => boolean][] = [
  ["explore-matryoshka", "explorer.webp", ({ children }) => children.length > 2],
  [
    "explore-vanilla",
    "explorer-vanilla.webp",
    ({ distinctive }) => /child/.test(distinctive[0].text),
  ],
];

await inFolder(async (folder) => {
  const { code, stderr } = await runCli(["demo", "--out", folder]);
  if (code !== 0) throw new Error(`Cannot draw the explorer: ${stderr}`);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
  try {
    for (const [name, picture, isShown] of CHOICES) {
      const explorer = `${folder}/${name}`;
      const { latents } = JSON.parse(await Deno.readTextFile(`${explorer}/explore.json`));
      const { latent } = (latents as Latent[]).find(isShown)!;
      const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: "light" });
      await page.goto(`file://${explorer}/index.html#/latent/${latent}`);
      await page.locator("#card h2").first().waitFor();
      await writeWebp(new URL(picture, PICTURES), page, await page.screenshot());
    }
  } finally {
    await browser.close();
  }
});
