/** What the report says of a run that went wrong. */

import { assertEquals } from "@std/assert";
import { parseHtml } from "../../cli/report/document.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { readJson } from "./training_runs.ts";

Deno.test("the report shows a run's warnings, as text", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    await runHere(trainArgs(data, out, "--steps", "3", "--no-report"));
    const record = await readJson(`${out}/run.json`);
    const warnings = [{ kind: "diverged", message: "The run diverged: <b>why</b>" }, { kind: 3 }];
    await Deno.writeTextFile(`${out}/run.json`, JSON.stringify({ ...record, warnings }));
    assertEquals((await runHere(["report", out])).code, 0);
    const { body } = parseHtml(await Deno.readTextFile(`${out}/report.html`));
    const notices = [...body.querySelectorAll(".notice")].map(({ textContent }) =>
      textContent!.replace(/\s+/g, " ").trim()
    );
    assertEquals(notices, ["Warning The run diverged: <b>why</b>"]);
    assertEquals(body.querySelector(".notice b"), null);
  }));

Deno.test("a record without warnings, or with something else in their place, has none in the report", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    await runHere(trainArgs(data, out, "--steps", "3", "--no-report"));
    const { warnings: _, ...record } = await readJson(`${out}/run.json`);
    for (const changed of [record, { ...record, warnings: "none" }]) {
      await Deno.writeTextFile(`${out}/run.json`, JSON.stringify(changed));
      assertEquals((await runHere(["report", out])).code, 0);
      const page = await Deno.readTextFile(`${out}/report.html`);
      assertEquals(page.includes("<strong>Warning</strong>"), false);
    }
  }));
