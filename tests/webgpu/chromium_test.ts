/** Every kernel in Debian's headless Chromium on SwiftShader: Tint compiles what naga does. */

import { assert } from "@std/assert";
import { build, stop } from "esbuild";
import { chromium } from "playwright-core";
import { kernels } from "../../kernels/table.ts";
import { assertNone, seed } from "../conformance/seed.ts";
import type { BrowserConformance } from "./browser_conformance.ts";
import { SUMS } from "./variants.ts";

const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

const ARGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Locally a missing browser is a visible ignore; the gate, which sets CI, fails without it. */
function isMissing(): boolean {
  if (Deno.env.get("CI")) return false;
  try {
    return !Deno.statSync(CHROMIUM).isFile;
  } catch {
    return true;
  }
}

async function bundle(): Promise<string> {
  const entryPoint = new URL("browser_conformance.ts", import.meta.url).pathname;
  try {
    const { outputFiles } = await build({
      entryPoints: [entryPoint],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
    });
    return outputFiles[0].text;
  } finally {
    await stop();
  }
}

Deno.test({
  name: "every kernel agrees with its reference in Chromium",
  ignore: isMissing(),
  // Playwright keeps its connection to the browser for a moment after closing it.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const script = await bundle();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    try {
      const page = await browser.newPage();
      // A made-up address: WebGPU is there in secure contexts only.
      await page.route(
        "**/*",
        (route: { fulfill(response: object): Promise<void> }) =>
          route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
      );
      await page.goto("https://conformance.test/");
      await page.addScriptTag({ content: script });
      type Page = { conformance: BrowserConformance };
      const description = await page.evaluate(() =>
        (globalThis as unknown as Page).conformance.describe()
      );
      assert(/swiftshader/i.test(description), description);
      const tryKernel = async (kernel: string, subgroups: boolean) =>
        assertNone(
          await page.evaluate(
            ([kernel, seed, subgroups]: [string, number, boolean]) =>
              (globalThis as unknown as Page).conformance.complaintsOf(kernel, seed, subgroups),
            [kernel, seed, subgroups] as [string, number, boolean],
          ),
        );
      for (const kernel of Object.keys(kernels)) {
        await t.step(kernel, () => tryKernel(kernel, false));
      }
      const hasSubgroups = await page.evaluate(() =>
        (globalThis as unknown as Page).conformance.hasSubgroups()
      );
      for (const kernel of SUMS) {
        await t.step({
          name: `${kernel} with sums by subgroups`,
          ignore: !hasSubgroups,
          fn: () => tryKernel(kernel, true),
        });
      }
    } finally {
      await browser.close();
    }
  },
});
