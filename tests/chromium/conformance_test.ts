/** Every kernel in Chromium, where Tint compiles the shaders. */

import { assert } from "@std/assert";
import { CHROMIUM } from "../chromium.ts";
import { TURNS } from "../matrix.ts";
import { cases, recipeCases, screeningCases } from "../conformance/cases.ts";
import { named, whyMissing } from "../missing.ts";
import { assertNone, seed } from "../conformance/seed.ts";
import type { BrowserConformance, BrowserOptions } from "./browser_conformance.ts";
import { withPage } from "./with_page.ts";
import { CHROMIUM_SUMS } from "../webgpu/variants.ts";

type Page = { conformance: BrowserConformance };

Deno.test({
  ...named("every kernel agrees with its reference in Chromium", whyMissing(CHROMIUM, "chromium")),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const entry = new URL("browser_conformance.ts", import.meta.url);
    await withPage(entry, new URL("../conformance/", entry), async (page) => {
      const description = await page.evaluate(() =>
        (globalThis as unknown as Page).conformance.describe()
      );
      assert(/swiftshader/i.test(description), description);
      const tryKernel = async (kernel: string, subgroups: boolean) =>
        assertNone(
          await page.evaluate(
            ([kernel, options]: [string, BrowserOptions]) =>
              (globalThis as unknown as Page).conformance.complaintsOf(kernel, options),
            [kernel, { seed, turns: TURNS, subgroups }] as [string, BrowserOptions],
          ),
        );
      for (const kernel of Object.keys({ ...cases, ...recipeCases, ...screeningCases })) {
        await t.step(kernel, () => tryKernel(kernel, false));
      }
      const hasSubgroups = await page.evaluate(() =>
        (globalThis as unknown as Page).conformance.hasSubgroups()
      );
      for (const kernel of CHROMIUM_SUMS) {
        await t.step({
          name: `${kernel} with sums by subgroups`,
          ignore: !hasSubgroups,
          fn: () => tryKernel(kernel, true),
        });
      }
    });
  },
});
