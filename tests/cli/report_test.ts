/** The report of a run is complete, safe and small, and agrees with the files of the run. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { RUN_FILES } from "../../cli/files/run_folder.ts";
import { curve } from "../../cli/report/metrics.ts";
import { readRun } from "../../cli/report/recorded_run.ts";
import { thinned } from "../../cli/report/thinning.ts";
import { formatNumber } from "../../cli/terminal/text.ts";
import type { RecordedMetrics } from "../../cli/training/recorded_metrics.ts";
import { checkPage, tableOf } from "./report_pages.ts";
import { inFolder, names, runCli, spawnCli, trainArgs, writeNpy } from "./run_cli.ts";
import { readJson } from "./training_runs.ts";

Deno.test("train leaves a report whose tables hold the run's metrics", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 1500, 1)];
    const out = `${folder}/run`;
    const { code, stderr } = await runCli(
      trainArgs(data, out, "--rows", ":1000", "--eval-rows", "1000:"),
    );
    assertEquals([code, names(out)], [0, ["report.html", "run.json", "sae.safetensors"]], stderr);
    assertStringIncludes(stderr, `Wrote ${out}/report.html`);
    const document = await checkPage(out);
    const { history, evaluation, environment } = await readJson(`${out}/run.json`);
    const column = (of: (step: RecordedMetrics) => number) =>
      history.map((each: RecordedMetrics) => formatNumber(of(each)));
    const shown = (title: string) => tableOf(document, title).slice(1).map((row) => row.at(-1));
    assertEquals(shown("Loss"), column(({ loss }) => loss));
    assertEquals(shown("L0"), column(({ l0 }) => l0));
    assertEquals(shown("Sparsity scale λ"), column(({ sparsityScale }) => sparsityScale));
    assertEquals(shown("Learning rate"), column(({ learningRate }) => learningRate));
    const references = tableOf(document, "FVU at reference prefixes");
    assertEquals(references[0], ["step", "first 1", "first 3", "first 6", "first 12", "all 24"]);
    for (const j of references[0].slice(1).keys()) {
      const shown = references.slice(1).map((row) => row[j + 1]);
      assertEquals(shown, column(({ referencePrefixes }) => referencePrefixes![j].fvu));
    }

    const bins = tableOf(document, "Activation frequency").slice(1).map((row) => Number(row[1]));
    assertEquals(bins[0], evaluation.deadLatents);
    assertEquals(bins.reduce((sum, count) => sum + count), 24);
    assertEquals(bins.slice(1), evaluation.frequency.histogram.counts);

    const text = document.body.textContent!;
    for (const { prefix, fvu, l0 } of evaluation.perPrefix) {
      const row = [...document.querySelectorAll("main > section > .table tr")]
        .find((each) => each.querySelector("th")!.textContent!.trim() === `${prefix}`)!;
      assertStringIncludes(row.textContent!, formatNumber(fvu));
      assertStringIncludes(row.textContent!, formatNumber(l0));
    }
    assertStringIncludes(text, environment.backend.description);
    assertStringIncludes(text, environment.finishedAt);
    assertStringIncludes(text, "500 rows held out");
  }));

Deno.test("without rows to evaluate on, frequencies are measured on a sample of the training rows", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    assertEquals((await runCli(trainArgs(data, out, "--steps", "3"))).code, 0);
    assertEquals(names(out), ["activity.json", "report.html", "run.json", "sae.safetensors"]);
    const document = await checkPage(out);
    assertStringIncludes(document.body.textContent!, "700 of the rows trained on");
    // A run without a report that replaces the first removes the first run's report.
    assertEquals(
      (await runCli(trainArgs(data, out, "--steps", "2", "--force", "--no-report"))).code,
      0,
    );
    assertEquals(names(out), ["run.json", "sae.safetensors"]);
  }));

/** Replaces the metrics in the record of a run. */
async function changeMetrics(out: string, metrics: readonly object[]): Promise<void> {
  const record = await readJson(`${out}/run.json`);
  await Deno.writeTextFile(`${out}/run.json`, JSON.stringify({ ...record, history: metrics }));
}

Deno.test("report writes the page anew from the folder alone", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    await runCli(trainArgs(data, out, "--steps", "3", "--no-report"));
    const { history: [first] } = await readJson(`${out}/run.json`);
    const metrics = [9, 18, null].map((loss, i) => ({ ...first, step: i + 1, loss }));
    await changeMetrics(out, metrics);
    const { code, stderr } = await runCli(["report", out]);
    assertEquals(code, 0, stderr);
    const rows = tableOf(await checkPage(out), "Loss").slice(1);
    assertEquals(rows, [["1", "9.000"], ["2", "18.00"], ["3", "–"]]);
  }));

Deno.test("the report of many metrics stays small, and its curves keep extreme values", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    const args = trainArgs(data, out, "--steps", "3", "--no-report", "--latents", "300");
    await runCli([...args, "--prefixes", "100"]);
    const { history: [first] } = await readJson(`${out}/run.json`);
    const STEPS = 4_000, PEAK = 3_321;
    const perPrefix = first.perPrefix.slice(-10);
    const metrics = Array.from({ length: STEPS }, (_, i) => {
      const step = i + 1;
      const loss = step === PEAK ? 1e5 : 1 + Math.abs(Math.sin(step));
      return { ...first, step, loss, l0: 3 + Math.cos(step), perPrefix };
    });
    await changeMetrics(out, metrics);
    const { code, stderr } = await runCli(["report", out]);
    assertEquals(code, 0, stderr);
    await checkPage(out);
    const points = thinned(curve((await readRun(out)).metrics, ({ loss }) => loss));
    assertEquals([points[0].step, points.at(-1)!.step], [1, STEPS]);
    assert(points.some(({ step, value }) => step === PEAK && value === 1e5));
  }));

Deno.test("names and values that look like HTML are shown as they are written", () =>
  inFolder(async (folder) => {
    const hostile = `<img src=x onerror="alert(1)">&amp;'\u0007`;
    const data = [await writeNpy(`${folder}/${hostile}.npy`, 700, 1)];
    const out = `${folder}/<script>alert(2)<`;
    const { code, stderr } = await runCli(trainArgs(data, out, "--steps", "2"));
    assertEquals(code, 0, stderr);
    const run = await readJson(`${out}/run.json`);
    run.environment.backend.description = "</style><script>alert(3)</script>";
    run.options["<b>"] = "<i>";
    await Deno.writeTextFile(`${out}/run.json`, JSON.stringify(run));
    assertEquals((await runCli(["report", out])).code, 0);
    const document = await checkPage(out);
    assertEquals(document.querySelectorAll("b, i").length, 0);
    assertEquals(document.querySelector("h1")!.textContent, "Training report: <script>alert(2)<");
    assertStringIncludes(document.body.textContent!, hostile.replace("\u0007", "�"));
    assertStringIncludes(document.body.textContent!, "</style><script>alert(3)</script>");
  }));

Deno.test({
  name: "an interrupted run has a report that says so",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
      const out = `${folder}/run`;
      const child = spawnCli(trainArgs(data, out, "--steps", "10000000"));
      const stdout = new Response(child.stdout).text();
      let sent = false, stderr = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += text;
        if (sent || !stderr.includes("step ")) continue;
        sent = true;
        child.kill("SIGINT");
      }
      assertEquals((await child.status).code, 130, stderr);
      await stdout;
      const document = await checkPage(out);
      const { steps } = await readJson(`${out}/run.json`);
      assertStringIncludes(document.querySelector(".notice")!.textContent!, "interrupted");
      assertStringIncludes(
        document.querySelector(".notice")!.textContent!,
        steps.toLocaleString("en-US"),
      );
    }),
});

Deno.test("a report that cannot be written is a warning, and the autoencoder is kept", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 700, 1)];
    const out = `${folder}/run`;
    await Deno.mkdir(`${out}/report.html/in the way`, { recursive: true });
    const { code, stderr } = await runCli(trainArgs(data, out, "--steps", "2"));
    assertEquals([code, names(out).includes("sae.safetensors")], [0, true], stderr);
    assertStringIncludes(stderr, "Warning: Cannot write the report: ");
    assertEquals(names(out).filter((name) => name.endsWith(".tmp")), []);
    assertEquals((await runCli(["report", out])).code, 1);
  }));

Deno.test("report names the file that it cannot read", () =>
  inFolder(async (folder) => {
    const missing = await runCli(["report", folder]);
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, `Cannot report on ${folder}: it holds no run.json`);
    await Deno.writeTextFile(`${folder}/run.json`, '{"history": [');
    assertStringIncludes(
      (await runCli(["report", folder])).stderr,
      `Cannot read ${folder}/${RUN_FILES.record}: `,
    );
    await Deno.writeTextFile(`${folder}/run.json`, '{"history": [{"step": "1"}]}');
    assertStringIncludes(
      (await runCli(["report", folder])).stderr,
      `Cannot read history 0 of ${folder}/run.json: it must have a step`,
    );
    assertEquals(names(folder), ["run.json"]);
  }));

Deno.test("demo leaves a report with both autoencoders against the true features", () =>
  inFolder(async (folder) => {
    const args = ["demo", "--steps", "20", "--out", `${folder}/new/demo`, "--json"];
    const { code, stdout, stderr } = await runCli(args);
    assertEquals(code, 0, stderr);
    const document = await checkPage(`${folder}/new/demo`);
    const { results } = JSON.parse(stdout);
    assertEquals(Object.keys(results[0]).includes("cosines"), false);
    for (const { name, meanCosine } of results) {
      const [, ...rows] = tableOf(document, name);
      assertEquals(rows.map((row) => row.length), Array(20).fill(21));
      // Latents stand in the order of their features, so the diagonal holds the matched cosines.
      const diagonal = rows.map((row, i) => Number(row[i + 1]));
      const mean = diagonal.reduce((a, b) => a + b) / 20;
      // Each cell is rounded to 0.01, so its error is at most 0.005.
      assertLess(Math.abs(mean - meanCosine), 0.005 + 1e-9);
    }
  }));

Deno.test("demo --no-report writes nothing", () =>
  inFolder(async (folder) => {
    const out = `${folder}/demo`;
    const { code } = await runCli(["demo", "--steps", "2", "--out", out, "--no-report"]);
    assertEquals([code, names(folder)], [0, []]);
  }));
