/** Builds and serves the browser example as its README describes, and opens it in Chromium. */

import { type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM, QUIET, SOFTWARE_WEBGPU } from "../chromium.ts";

const ROOT = new URL("../../", import.meta.url);
/** Milliseconds to wait for anything: on a busy machine, a software adapter compiles pipelines slowly. */
const PATIENCE = 120_000;

/** The built example: its folder and its address. */
export interface Served extends AsyncDisposable {
  readonly address: string;
  readonly folder: string;
}

/** Runs `deno task example:browser` on a free port. */
export async function serveExample(): Promise<Served> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "example:browser", "0"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let printed = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (true) {
    const { value, done } = await reader.read();
    if (done) {
      throw new Error(`Cannot serve the example: its server ended after printing "${printed}"`);
    }
    printed += value;
    const [, address, folder] = printed.match(/Serving (\S+) from (.+)\n/) ?? [];
    if (!address) continue;
    return {
      address,
      folder,
      async [Symbol.asyncDispose]() {
        child.kill();
        await Promise.all([reader.cancel(), child.status]);
      },
    };
  }
}

/** A browser, with the requests and the errors of its pages. */
export interface Chromium extends AsyncDisposable {
  readonly requests: string[];
  readonly complaints: string[];
  open(address: string, options?: Parameters<ContextMaker>[0]): Promise<Page>;
}

type ContextMaker = (options?: {
  colorScheme?: "light" | "dark";
  reducedMotion?: "reduce" | "no-preference";
  viewport?: { width: number; height: number };
}) => Promise<BrowserContext>;

/** Starts Chromium, with or without WebGPU on a software adapter. */
export async function startChromium({ webgpu }: { webgpu: boolean }): Promise<Chromium> {
  const args = [...QUIET, ...webgpu ? SOFTWARE_WEBGPU : []];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  const requests: string[] = [];
  const complaints: string[] = [];
  return {
    requests,
    complaints,
    async open(address, options) {
      const context = await browser.newContext(options);
      context.on("request", (request) => requests.push(request.url()));
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await page.goto(address);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

/** Returns the step that the page shows. */
export async function stepOf(page: Page): Promise<number> {
  return await page.locator("#progress").evaluate((progress: HTMLProgressElement) =>
    progress.value
  );
}

/** Waits until the page has trained further than `step`. */
export async function waitForStep(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    (step: number) => document.querySelector("progress")!.value > step,
    step,
  );
}

/** Moves a slider or writes a number, as a reader's hand would. */
export async function setControl(page: Page, label: string, value: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.keyboard.press("Enter");
}

/** Returns bytes as Base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Saves the page's picture, and returns its file and the share of its pixels that differ from the corner's. */
export async function savePicture(
  page: Page,
): Promise<{ name: string; size: number[]; drawn: number }> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save picture" }).press("Enter");
  const file = await download;
  const bytes = await Deno.readFile(await file.path());
  // As text: Playwright takes seconds for an array of so many numbers.
  const { size, drawn } = await page.evaluate(async (base64: string) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(bitmap, 0, 0);
    const pixels = new Uint32Array(
      context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer,
    );
    const drawn = pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length;
    return { size: [bitmap.width, bitmap.height], drawn };
  }, encodeBase64(bytes));
  return { name: file.suggestedFilename(), size, drawn };
}
