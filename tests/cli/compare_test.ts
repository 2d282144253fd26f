/** The page that compares runs: its figures are those of the runs, and its table sorts, by the keyboard, too. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chromium } from "playwright-core";
import type { ComparedRun } from "../../cli/report/compared_runs.ts";
import { comparisonReport } from "../../cli/report/comparison_report.ts";
import { parseHtml } from "../../cli/report/document.ts";
import { paretoFront } from "../../cli/report/pareto.ts";
import { formatNumber } from "../../cli/terminal/text.ts";
import { accessibilityComplaints } from "../accessibility.ts";
import { CHROMIUM, QUIET } from "../chromium.ts";
import { named, whyMissing } from "../missing.ts";
import { inFolder, names, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { commonArgs, NAMES, sweepArgs } from "./sweep_runs.ts";
import { readJson } from "./training_runs.ts";

/** The cells of the table, below its head. */
function cellsOf(document: Document): string[][] {
  return [...document.querySelectorAll("table.sortable tbody tr")].map((row) =>
    [...row.querySelectorAll("th, td")].map((cell) => cell.textContent!.trim())
  );
}

async function documentOf(path: string): Promise<Document> {
  return parseHtml(await Deno.readTextFile(path));
}

Deno.test("the page of a sweep holds the figures of its runs on the rows held out", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
    const out = `${folder}/sweep`;
    const held = ["--rows", ":600", "--eval-rows", "600:"];
    const { code, stderr } = await runHere(sweepArgs(data, out, ...held));
    assertEquals(code, 0, stderr);
    const text = await Deno.readTextFile(`${out}/report.html`);
    const document = parseHtml(text);
    const rows = cellsOf(document);
    assertEquals(rows.map(([name]) => name), NAMES);
    for (const [i, name] of NAMES.entries()) {
      const { evaluation, options } = await readJson(`${out}/${name}/run.json`);
      const [first, full] = [evaluation.perPrefix[0], evaluation.perPrefix.at(-1)];
      const row = rows[i];
      assertEquals(row.slice(1, 8), [
        ...[`${i + 1}`, "default", "relu", `${options.latents}`, `${options.targetL0}`],
        ...[formatNumber(full.l0), formatNumber(full.fvu)],
      ]);
      assertEquals(row.slice(9, 13), [
        ...[`${first.prefix}`, formatNumber(first.l0), formatNumber(first.fvu)],
        `${evaluation.deadLatents}`,
      ]);
    }
    assertStringIncludes(document.querySelector("header")!.textContent!, "on 300 rows held out");
    const links = [...document.querySelectorAll("a")].map((each) => each.getAttribute("href"));
    assertEquals(links, NAMES.map((name) => `${name}/report.html`));
    assertEquals(document.querySelectorAll("figure svg").length, 3);
    // The charts' namespace is a name; no other address may be in the page.
    assertEquals(/https?:\/\//.test(text.replaceAll("http://www.w3.org/2000/svg", "")), false);
    assertEquals(
      document.querySelectorAll("link, img, iframe, [src], [style], [onload]").length,
      0,
    );
  }));

Deno.test("compare makes a page of runs and sweeps, each once, and says where they were measured", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const runs = `${folder}/runs`;
    const few = ["--steps", "3"];
    await runHere(["train", ...commonArgs(data, `${runs}/a b#`, ...few)]);
    await runHere(["train", ...commonArgs(data, `${runs}/bare`, ...few, "--no-report")]);
    await runHere(sweepArgs(data, `${runs}/sweep`, ...few, "--target-l0", "2"));
    const page = `${folder}/page.html`;
    const asked = [`${runs}/a b#`, `${runs}/bare`, `${runs}/sweep/`, `${runs}/bare/`];
    const { code, stderr } = await runHere(["compare", ...asked, "--out", page]);
    assertEquals([code, stderr], [0, `Wrote ${page}\n`]);
    const document = await documentOf(page);
    const all = ["a b#", "bare", "default-24-l0-2", "default-40-l0-2"];
    assertEquals(cellsOf(document).map(([name]) => name), all);
    const links = [...document.querySelectorAll("a")].map((each) => each.getAttribute("href")!);
    assertEquals(links.length, 3);
    assertEquals(links[0], "runs/a%20b%23/report.html");
    const { history } = await readJson(`${runs}/bare/run.json`);
    assertEquals(cellsOf(document)[1][7], formatNumber(history.at(-1).perPrefix.at(-1).fvu));
    assertStringIncludes(
      document.querySelector("header")!.textContent!,
      "4 runs, measured on 500 rows of training or the last batch.",
    );
    const again = await runHere(["compare", ...asked, "--out", page]);
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, `Cannot write ${page}: it exists already; --force`);
    assertEquals((await runHere(["compare", ...asked, "--out", page, "--force"])).code, 0);
  }));

Deno.test("compare says why a folder is no finished run, and writes nothing", () =>
  inFolder(async (folder) => {
    const make = async (name: string, record?: object) => {
      await Deno.mkdir(`${folder}/${name}/checkpoints`, { recursive: true });
      if (record === undefined) return;
      await Deno.writeTextFile(`${folder}/${name}/run.json`, JSON.stringify(record));
    };
    await make("killed");
    await make("stopped", { stoppedEarly: "interrupted", steps: 5, options: { steps: 9 } });
    await make("broken", []);
    await Deno.mkdir(`${folder}/empty`);
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/sweep`);
    const list = { runs: [{ name: "a", folder: "a" }] };
    await Deno.writeTextFile(`${folder}/sweep/sweep.json`, JSON.stringify(list));
    await Deno.mkdir(`${folder}/astray`);
    const astray = { runs: [{ name: "a", folder: "../stopped" }] };
    await Deno.writeTextFile(`${folder}/astray/sweep.json`, JSON.stringify(astray));
    const cases: Record<string, string> = {
      missing: "no such file or directory",
      file: "it is a file, not the folder of a run or a sweep",
      empty: "it holds no run.json, so it is not a run of train",
      killed: "it is not finished: there are checkpoints but no run.json; --resume continues it",
      stopped: "it is not finished: it stopped after step 5 of 9; --resume continues it",
      sweep: `its run ${folder}/sweep/a holds no run.json`,
    };
    const before = names(folder);
    for (const [name, reason] of Object.entries(cases)) {
      const out = `${folder}/page.html`;
      const { code, stderr } = await runHere(["compare", `${folder}/${name}`, "--out", out]);
      assertEquals([code, names(folder)], [1, before]);
      assertStringIncludes(stderr, `Cannot compare ${folder}/${name}: ${reason}`);
    }
    for (const [name, file] of [["broken", "run.json"], ["astray", "sweep.json"]]) {
      const { code, stderr } = await runHere(["compare", `${folder}/${name}`]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, `Cannot read ${folder}/${name}/${file}: `);
    }
  }));

const run = (
  name: string,
  l0: number,
  fvu: number,
  more: Partial<ComparedRun> = {},
): ComparedRun => ({
  name,
  preset: "default",
  latents: 64,
  activation: "relu",
  full: { prefix: 64, fvu, l0 },
  first: { prefix: 4, fvu: 2 * fvu, l0: l0 / 2 },
  deadLatents: 1,
  steps: 10,
  seconds: 1,
  measuredOn: "9 rows held out",
  failed: false,
  warnings: [],
  ...more,
});

const RUNS = [
  run("c", 30, 0.1),
  run("a", 10, 0.3),
  run("<b>&", 20, 0.3, { preset: "other", warnings: ["L0 <missed>"] }),
  run("failed", 5, 0.01, { failed: true }),
  run("nothing", NaN, NaN, { deadLatents: NaN }),
  run("d", 20, 0.2),
];

Deno.test("the Pareto front holds the runs that no other beats, without failed ones", () => {
  const front = (runs: readonly ComparedRun[]) =>
    paretoFront(runs, ({ full }) => full).map(({ name }) => name);
  assertEquals(front(RUNS), ["a", "d", "c"]);
  assertEquals(front([run("x", 1, 1), run("y", 1, 1)]), ["x"]);
  assertEquals(front([]), []);
});

Deno.test("a comparison draws many runs, one run, and runs without any finite figure", async () => {
  const many = Array.from(
    { length: 60 },
    (_, i) => run(`r${i}`, 1 + i, 1 / (1 + i), { preset: `p${i % 12}`, latents: 64 << i % 3 }),
  );
  for (const runs of [many, [run("one", 3, 0.2)], [run("none", NaN, NaN)], [run("zero", 0, 1)]]) {
    const document = parseHtml(await comparisonReport("Comparison", runs));
    assertEquals(cellsOf(document).length, runs.length);
    const drawn = document.querySelector("figure")!.querySelectorAll("circle").length;
    assertEquals(drawn, runs.filter(({ full }) => Number.isFinite(full.fvu)).length);
    assertEquals(/NaN|undefined/.test(document.body.innerHTML), false);
  }
});

const whyNoChromium = whyMissing(CHROMIUM, "chromium");

Deno.test({
  ...named(
    "in Chromium without a network, the table sorts by keyboard, and axe finds nothing",
    whyNoChromium,
  ),
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/page.html`, await comparisonReport("Comparison", RUNS));
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
      try {
        const context = await browser.newContext({ offline: true });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(error.message));
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await page.goto(`file://${folder}/page.html`);
          assertEquals(await accessibilityComplaints(page), []);
        }
        const order = () =>
          page.locator("tbody tr th").first().evaluate((cell) =>
            [...cell.closest("tbody")!.rows].map((row) => row.cells[0].textContent!)
          );
        const head = (name: string) => page.getByRole("button", { name, exact: true });
        assertEquals((await order()).slice(0, 6), RUNS.map(({ name }) => name));
        await head("FVU").focus();
        await page.keyboard.press("Enter");
        assertEquals(await order(), ["failed", "c", "d", "a", "<b>&", "nothing"]);
        const sorting = () =>
          page.locator("th[aria-sort]").evaluateAll((heads) =>
            heads.map((each) => [each.textContent, each.getAttribute("aria-sort")])
          );
        assertEquals(await sorting(), [["FVU", "ascending"]]);
        await page.keyboard.press("Space");
        assertEquals(await order(), ["a", "<b>&", "d", "c", "failed", "nothing"]);
        assertEquals(await sorting(), [["FVU", "descending"]]);
        await page.keyboard.press("Tab"); // to the next head, "on the front"
        await page.keyboard.press("Enter");
        assertEquals(await sorting(), [["on the front", "ascending"]]);
        await head("run").click();
        assertEquals(await order(), ["<b>&", "a", "c", "d", "failed", "nothing"]);
        assertEquals(await accessibilityComplaints(page), []);
        assertEquals(complaints, []);
      } finally {
        await browser.close();
      }
    }),
});

Deno.test("a page without a script forbids them all", async () => {
  const { pageHtml } = await import("../../cli/report/page.ts");
  const text = await pageHtml({ title: "t", header: [], sections: [], footer: "f" });
  assert(!text.includes("script"));
});
