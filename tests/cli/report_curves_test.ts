/** Which curves a report draws: reference prefixes, and the figures of recipes where a run has them. */
import { assertEquals } from "@std/assert";
import type { RecordedMetrics } from "../../cli/training/recorded_metrics.ts";
import { checkPage, tableOf } from "./report_pages.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { finished, readJson } from "./training_runs.ts";

/** Trains a few steps. */
async function trained(folder: string, ...more: string[]): Promise<string> {
  const out = `${folder}/run`;
  await finished(trainArgs([await writeNpy(`${folder}/a.npy`, 700, 1)], out, ...more));
  return out;
}

/** Writes the report of a run anew, with each step of its history changed. */
async function reportOf(
  out: string,
  change: (step: RecordedMetrics, i: number) => object,
): Promise<Document> {
  const { history, ...record } = await readJson(`${out}/run.json`);
  const changed = JSON.stringify({ ...record, history: history.map(change) });
  await Deno.writeTextFile(`${out}/run.json`, changed);
  assertEquals((await runHere(["report", out])).code, 0);
  return await checkPage(out);
}

const titles = (document: Document): string[] =>
  [...document.querySelectorAll("h3")].map(({ textContent }) => textContent!);

const ofFvu = (document: Document): string[] =>
  titles(document).filter((title) => title.startsWith("FVU") && title !== "FVU by prefix");

Deno.test("a report has the curves of reference prefixes in place of drawn ones", () =>
  inFolder(async (folder) => {
    const out = await trained(folder, "--steps", "3");
    assertEquals(ofFvu(await reportOf(out, (step) => step)), ["FVU at reference prefixes"]);
    // Where the metrics of a step lack them, as after an interruption, the curves have a gap.
    const gap = await reportOf(out, ({ referencePrefixes, ...step }, i) => ({
      ...step,
      ...i < 2 && { referencePrefixes },
    }));
    const last = tableOf(gap, "FVU at reference prefixes").at(-1)!;
    assertEquals(last, ["3", "–", "–", "–", "–", "–"]);
  }));

Deno.test("the report of a run of an earlier version still has the curves of its prefixes", () =>
  inFolder(async (folder) => {
    const out = await trained(folder, "--steps", "3");
    const document = await reportOf(out, ({ referencePrefixes: _, ...step }) => step);
    assertEquals(ofFvu(document), ["FVU per prefix"]);
    assertEquals(titles(document).filter((title) => /Auxiliary|threshold/.test(title)), []);
  }));

Deno.test("fixed prefixes keep their curves, unless reference prefixes show the same", () =>
  inFolder(async (folder) => {
    const out = await trained(folder, "--steps", "3");
    for (const [lengths, shown] of [[[6, 24], false], [[5, 24], true]] as const) {
      const document = await reportOf(out, ({ perPrefix, ...step }) => ({
        ...step,
        perPrefix: lengths.map((prefix, j) => ({ ...perPrefix[j], prefix })),
      }));
      const expected = ["FVU at reference prefixes", ...shown ? ["FVU per prefix"] : []];
      assertEquals(ofFvu(document), expected);
    }
  }));

Deno.test("a report shows dead latents, and the auxiliary loss and the threshold where the run has them", () =>
  inFolder(async (folder) => {
    const out = await trained(folder, "--steps", "3");
    const document = await reportOf(out, (step, i) => ({
      ...step,
      deadLatents: 7 - i,
      auxiliaryLoss: [0, 0.5, null][i],
      threshold: [-1, 0.25, 0.125][i],
    }));
    assertEquals(tableOf(document, "Dead latents"), [
      ["step", "dead latents"],
      ["1", "7.000"],
      ["2", "6.000"],
      ["3", "5.000"],
    ]);
    assertEquals(tableOf(document, "Auxiliary loss").map(([, value]) => value), [
      "auxiliary loss",
      "0",
      "0.5000",
      "–",
    ]);
    assertEquals(tableOf(document, "Running threshold").map(([, value]) => value), [
      "running threshold",
      "-1.000",
      "0.2500",
      "0.1250",
    ]);
  }));

Deno.test("whether latents are dead is unknown until a run is longer than their silence, counted in steps or rows", () =>
  inFolder(async (folder) => {
    const out = await trained(folder, "--steps", "3");
    // Measured rows would show it.
    await Deno.remove(`${out}/activity.json`);
    const { evaluation: _, ...record } = await readJson(`${out}/run.json`);
    const deadIn = async (trainer: object) => {
      const options = { ...record.options, trainer: { ...record.options.trainer, ...trainer } };
      await Deno.writeTextFile(`${out}/run.json`, JSON.stringify({ ...record, options }));
      assertEquals((await runHere(["report", out])).code, 0);
      const text = (await checkPage(out)).body.textContent!.replace(/\s+/g, " ");
      return /Dead latents (unknown|\d+)/.exec(text)?.[1];
    };
    const { batch } = record.options;
    assertEquals(await deadIn({ deadAfter: 4 }), "unknown");
    assertEquals(await deadIn({ deadAfter: 3 }), "0");
    assertEquals(await deadIn({ deadAfter: 1, deadAfterRows: 4 * batch }), "unknown");
    assertEquals(await deadIn({ deadAfter: 4, deadAfterRows: 3 * batch }), "0");
  }));
