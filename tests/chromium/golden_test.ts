/** The golden vectors and the author's recorded runs in Chromium, and the same bits from two runs. */

import { assert, assertEquals } from "@std/assert";
import { CHROMIUM } from "../chromium.ts";
import { EVERY_WAY } from "../matrix.ts";
import { named, whyMissing } from "../missing.ts";
import { type Algorithm, ALGORITHMS } from "../training/golden_runs.ts";
import type { BrowserGolden } from "./browser_golden.ts";
import { withPage } from "./with_page.ts";

type Page = { golden: BrowserGolden };

const CHAOTIC = "log, 5 prefixes";

Deno.test({
  ...named(
    "losses, gradients and recorded runs agree with the golden ones in Chromium",
    whyMissing(CHROMIUM, "chromium"),
  ),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const entry = new URL("browser_golden.ts", import.meta.url);
    await withPage(entry, new URL("../golden/", entry), async (page) => {
      const { description, losses, runs } = await page.evaluate(async () => {
        const { golden } = globalThis as unknown as Page;
        return { description: await golden.describe(), ...await golden.names() };
      });
      assert(/swiftshader/i.test(description), description);
      assertEquals([losses.length, runs.length], [11, 3]);
      assert(runs.includes(CHAOTIC));
      for (const [turn, algorithm] of ALGORITHMS.entries()) {
        // Where time is short, each is followed by one of the algorithms, in turn.
        const inTurn = (_: string, n: number) => EVERY_WAY || n % ALGORITHMS.length === turn;
        for (const name of losses.filter(inTurn)) {
          await t.step(`${name}, ${algorithm}`, async () => {
            const complaints = await page.evaluate(
              ([name, algorithm]: [string, Algorithm]) =>
                (globalThis as unknown as Page).golden.complaintsOfLoss(name, algorithm),
              [name, algorithm] as [string, Algorithm],
            );
            assertEquals(complaints, []);
          });
        }
        for (const name of runs.filter(inTurn)) {
          await t.step(`150 steps, ${name}, ${algorithm}`, async () => {
            const complaints = await page.evaluate(
              ([name, algorithm]: [string, Algorithm]) =>
                (globalThis as unknown as Page).golden.complaintsOfRun(name, algorithm),
              [name, algorithm] as [string, Algorithm],
            );
            assertEquals(complaints, []);
          });
        }
        // This run is chaotic: it would amplify a difference of one bit.
        if (!runs.filter(inTurn).includes(CHAOTIC)) continue;
        await t.step(`two runs give the same bits, ${algorithm}`, async () => {
          const same = await page.evaluate(
            ([name, algorithm]: [string, Algorithm]) =>
              (globalThis as unknown as Page).golden.repeats(name, algorithm),
            [CHAOTIC, algorithm] as [string, Algorithm],
          );
          assert(same);
        });
      }
    });
  },
});
