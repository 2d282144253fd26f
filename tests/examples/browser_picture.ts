/**
 * Writes the browser example's picture, examples/browser/picture.webp: what its button saves after a whole run with
 * the settings that the page starts with.
 */

import { writeWebp } from "../webp.ts";
import { serveExample, startChromium } from "./browser_page.ts";

const PATH = new URL("../../examples/browser/picture.webp", import.meta.url);

await using served = await serveExample();
await using browser = await startChromium({ webgpu: false });
const page = await browser.open(`file://${served.folder}/index.html`, { colorScheme: "light" });
await page.getByText(/, finished$/).waitFor();
const download = page.waitForEvent("download");
await page.getByRole("button", { name: "Save picture" }).click();
await writeWebp(PATH, page, await Deno.readFile(await (await download).path()));
