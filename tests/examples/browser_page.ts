/** Builds and serves the browser example as its README describes, and opens it in Chromium. */

import { type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM, QUIET, SOFTWARE_WEBGPU } from "../chromium.ts";

export { accessibilityComplaints } from "../accessibility.ts";

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
