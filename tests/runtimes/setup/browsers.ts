/** The browsers, and how to get the reports of their pages. */
import { CHROMIUM, QUIET, SOFTWARE_WEBGPU } from "../../chromium.ts";
import { whyMissing } from "../../missing.ts";
import type { Report } from "../programme/report.ts";
import { run } from "./command.ts";
import { program, tools, whyNoTools } from "./tools.ts";

/** A browser that Debian ships. */
export interface Browser {
  readonly kind: "chrome" | "firefox";
  readonly executable: string;
  readonly debianPackage: string;
  readonly args: readonly string[];
  /** Values of `about:config`. */
  readonly preferences?: Readonly<Record<string, boolean>>;
}

/** Both browsers, by name. */
export const BROWSERS: Readonly<Record<"Chromium" | "Firefox", Browser>> = {
  Chromium: {
    kind: "chrome",
    executable: CHROMIUM,
    debianPackage: "chromium",
    args: [...QUIET, ...SOFTWARE_WEBGPU],
  },
  Firefox: {
    kind: "firefox",
    executable: Deno.env.get("FIREFOX") ?? "/usr/bin/firefox-esr",
    debianPackage: "firefox-esr",
    args: [],
    // On Linux, WebGPU is off by default, and software adapters are on its list of unsuitable ones.
    preferences: { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true },
  },
};

/** Returns why a browser cannot be tested here; in CI always undefined. */
export function whyNoBrowser({ executable, debianPackage }: Browser): string | undefined {
  return whyMissing(executable, debianPackage) ?? whyNoTools();
}

/** Opens pages at these addresses and returns their reports, in the same order. */
export async function reportsOf(browser: Browser, addresses: readonly string[]): Promise<Report[]> {
  const script = new URL("../programme/drive_browser.ts", import.meta.url).pathname;
  const folder = await tools();
  const puppeteer = new URL("node_modules/puppeteer-core/lib/puppeteer/puppeteer-core.js", folder);
  const output = await run(await program("node-22"), {
    args: [script, puppeteer.href, JSON.stringify(browser), ...addresses],
  });
  return JSON.parse(output.trimEnd().split("\n").at(-1)!);
}
