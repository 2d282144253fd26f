/** A report in a browser: accessible by axe's rules, in light and dark. */
import { assertEquals } from "@std/assert";
import { chromium } from "playwright-core";
import { accessibilityComplaints } from "../accessibility.ts";
import { CHROMIUM, QUIET } from "../chromium.ts";
import { named, whyMissing } from "../missing.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { finished, readJson } from "./training_runs.ts";

Deno.test({
  ...named("a report with every chart is accessible", whyMissing(CHROMIUM, "chromium")),
  // Playwright keeps its connection to the browser for a moment after closing it.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const out = `${folder}/run`;
      const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
      // Few, because axe looks at every cell of the decoder's heat map and every row of a table.
      await finished(trainArgs(data, out, "--steps", "9", "--latents", "9"));
      const { history, ...record } = await readJson(`${out}/run.json`);
      const all = history.map((step: object) => ({ ...step, auxiliaryLoss: 0.5, threshold: 0.25 }));
      await Deno.writeTextFile(`${out}/run.json`, JSON.stringify({ ...record, history: all }));
      assertEquals((await runHere(["report", out])).code, 0);
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
      try {
        const page = await browser.newPage();
        await page.goto(`file://${out}/report.html`);
        assertEquals(await accessibilityComplaints(page), []);
        await page.emulateMedia({ colorScheme: "dark" });
        assertEquals(await accessibilityComplaints(page, ["color-contrast"]), []);
      } finally {
        await browser.close();
      }
    }),
});
