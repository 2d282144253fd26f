/**
 * Writes the browser example's picture, examples/browser/picture.webp: what its button saves after a whole run with
 * the settings that the page starts with.
 */

import { encodeBase64, serveExample, startChromium } from "./browser_page.ts";

/** Keeps the file small, and the letters sharp. */
const QUALITY = 0.8;

const PATH = new URL("../../examples/browser/picture.webp", import.meta.url);

await using served = await serveExample();
await using browser = await startChromium({ webgpu: false });
const page = await browser.open(`file://${served.folder}/index.html`, { colorScheme: "light" });
await page.getByText(/, finished$/).waitFor();
const download = page.waitForEvent("download");
await page.getByRole("button", { name: "Save picture" }).click();
const png = encodeBase64(await Deno.readFile(await (await download).path()));
const webp = await page.evaluate(async ({ png, quality }) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  const file = await canvas.convertToBlob({ type: "image/webp", quality });
  return [...new Uint8Array(await file.arrayBuffer())];
}, { png, quality: QUALITY });
await Deno.writeFile(PATH, new Uint8Array(webp));
console.log(`Wrote ${PATH.pathname}: ${(webp.length / 1000).toFixed(0)} kB`);
