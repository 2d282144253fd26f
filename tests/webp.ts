/** Pictures of pages as WebP, which is a third of the size of PNG. */
import { encodeBase64 } from "./examples/browser_page.ts";
import type { Page } from "playwright-core";

/** Keeps the file small, and the letters sharp. */
const QUALITY = 0.8;

/** Writes a PNG as WebP, as the browser of a page encodes it, and says so. */
export async function writeWebp(path: URL, page: Page, picture: Uint8Array): Promise<void> {
  const png = encodeBase64(picture);
  const webp = await page.evaluate(async ({ png, quality }) => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
    const file = await canvas.convertToBlob({ type: "image/webp", quality });
    return [...new Uint8Array(await file.arrayBuffer())];
  }, { png, quality: QUALITY });
  await Deno.writeFile(path, new Uint8Array(webp));
  console.log(`Wrote ${path.pathname}: ${(webp.length / 1000).toFixed(0)} kB`);
}
