/** sweep: several autoencoders from one stream, each with the bytes of a run of its own. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Trainer } from "../../mod.ts";
import { openFile } from "../../entries/files.ts";
import { inFolder, names, writeNpy, writeSafetensors } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { autoencodersOf, commonArgs, NAMES, sweepArgs } from "./sweep_runs.ts";
import { checkpointsOf, readJson } from "./training_runs.ts";

Deno.test("each run of a sweep has the files of train, and its autoencoder the same bytes", () =>
  inFolder(async (folder) => {
    const data = [
      await writeNpy(`${folder}/a.npy`, 500, 1),
      await writeSafetensors(`${folder}/b.safetensors`, 300, 2),
    ];
    const held = ["--rows", ":600", "--eval-rows", "600:", "--backend", "wasm"];
    const out = `${folder}/sweep`;
    const lists = ["--latents", "24,40", "--target-l0", "1,2", "--preset", "default,authorCode"];
    const { code, stdout, stderr } = await runHere([
      "sweep",
      ...commonArgs(data, out, ...held, ...lists),
    ]);
    assertEquals(code, 0, stderr);
    const runs = ["default", "authorCode"].flatMap((preset) =>
      [24, 40].flatMap((latents) => [1, 2].map((target) => ({ preset, latents, target })))
    );
    const all = runs.map(({ preset, latents, target }) => `${preset}-${latents}-l0-${target}`);
    assertEquals(names(out), [...all, "report.html", "sweep.json"].sort());
    for (const name of all) assertStringIncludes(stdout, `\n${name} `);
    for (const [i, { preset, latents, target }] of runs.entries()) {
      const alone = `${folder}/alone`;
      const own = ["--latents", `${latents}`, "--target-l0", `${target}`, "--preset", preset];
      const args = ["train", ...commonArgs(data, alone, ...held, ...own, "--force")];
      assertEquals((await runHere(args)).code, 0);
      const [expected, found] = [alone, `${out}/${all[i]}`];
      assertEquals(names(found), names(expected));
      assertEquals(
        await Deno.readFile(`${found}/sae.safetensors`),
        await Deno.readFile(`${expected}/sae.safetensors`),
        all[i],
      );
      const [{ history, evaluation, warnings, options }, { options: asked, ...record }] =
        await Promise.all([readJson(`${expected}/run.json`), readJson(`${found}/run.json`)]);
      assertEquals([record.history, record.evaluation, record.warnings], [
        history,
        evaluation,
        warnings,
      ]);
      assertEquals({ ...asked, out: alone, force: true }, options);
    }
  }));

Deno.test("with top-k, a target is k", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const topk = ["--latents", "24", "--activation", "batchtopk"];
    const common = (out: string) => {
      const args = commonArgs(data, out, ...topk);
      args.splice(args.indexOf("--target-l0"), 2);
      return args;
    };
    const out = `${folder}/sweep`;
    const { code, stderr } = await runHere(["sweep", ...common(out), "--target-l0", "1,3"]);
    assertEquals([code, names(out)[1]], [0, "default-24-k-3"], stderr);
    assertEquals((await runHere(["train", ...common(`${folder}/alone`), "--k", "3"])).code, 0);
    assertEquals(
      await Deno.readFile(`${out}/default-24-k-3/sae.safetensors`),
      await Deno.readFile(`${folder}/alone/sae.safetensors`),
    );
    const missing = await runHere(["sweep", ...common(`${folder}/x`)]);
    assertEquals([missing.code, names(folder)], [2, ["a.npy", "alone", "sweep"]]);
    assertStringIncludes(missing.stderr, "it needs --target-l0, which is missing (run default-24)");
  }));

/** Counts the reads of files with a name while the body runs. */
async function readsOf(path: string, body: () => Promise<unknown>): Promise<number> {
  const file = await openFile(path);
  const kind = Object.getPrototypeOf(file);
  await file.close();
  const { read } = kind;
  let reads = 0;
  kind.read = function (this: { name: string }, ...args: unknown[]) {
    if (this.name === path) reads++;
    return read.apply(this, args);
  };
  try {
    await body();
  } finally {
    kind.read = read;
  }
  return reads;
}

Deno.test("a sweep reads the data as often as one run does", () =>
  inFolder(async (folder) => {
    const path = await writeNpy(`${folder}/a.npy`, 3000, 1);
    for (const rows of [[], ["--rows", ":2000", "--eval-rows", "2000:"]]) {
      const more = [...rows, "--force", "--no-report", "--shuffle-rows", "100"];
      const alone = await readsOf(path, async () => {
        const args = ["train", ...commonArgs([path], `${folder}/alone`, ...more)];
        assertEquals((await runHere(args)).code, 0);
      });
      const swept = await readsOf(path, async () => {
        const { code, stderr } = await runHere(sweepArgs([path], `${folder}/sweep`, ...more));
        assertEquals([code, names(`${folder}/sweep`)], [0, [...NAMES, "sweep.json"]], stderr);
      });
      assert(alone > 10, `${alone}`);
      assertEquals(swept, alone);
    }
  }));

/** Lets the trainers of 24 latents say after their tenth step that it was not finite, while the body runs. */
async function whileOneDiverges<T>(body: () => Promise<T>): Promise<T> {
  const { metrics } = Trainer.prototype;
  Trainer.prototype.metrics = function (this: Trainer) {
    if (this.latents.to !== 24 || this.stepCount < 10) return metrics.call(this);
    const message = "Cannot continue training: the loss or gradient of step 10 is not finite";
    return Promise.reject(new RangeError(message));
  };
  try {
    return await body();
  } finally {
    Trainer.prototype.metrics = metrics;
  }
}

Deno.test("a run that fails ends alone, and a resumed sweep leaves it out", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
    const more = ["--latents", "24,40", "--checkpoint-every", "30", "--target-l0", "2"];
    const args = sweepArgs(data, out, ...more);
    const failed = await whileOneDiverges(() => runHere(args));
    const [bad, good] = ["default-24-l0-2", "default-40-l0-2"];
    assertEquals(failed.code, 1, failed.stderr);
    assertMatch(failed.stderr, new RegExp(`Run ${bad}: .*step 10 is not finite`));
    const record = await readJson(`${out}/${bad}/run.json`);
    assertEquals([record.failed, record.steps], [true, 10]);
    assertEquals((await runHere(sweepArgs(data, whole))).code, 0);
    assertEquals(await autoencodersOf(out, [good]), await autoencodersOf(whole, [good]));
    assertEquals((await readJson(`${out}/sweep.json`)).runs, [
      { name: bad, folder: bad, failed: true },
      { name: good, folder: good },
    ]);
    const [before] = await autoencodersOf(out, [bad]);
    const longer = await runHere([...args, "--steps", "60", "--resume"]);
    assertEquals(longer.code, 0, longer.stderr);
    assertStringIncludes(longer.stderr, `Run ${bad} has failed and is not continued`);
    assertEquals((await readJson(`${out}/${good}/run.json`)).steps, 60);
    assertEquals(await autoencodersOf(out, [bad]), [before]);
    const page = await Deno.readTextFile(`${out}/report.html`);
    assertStringIncludes(page, `<strong>Failed:</strong> ${bad}.`);
  }));

Deno.test("a row that is not finite ends all runs, which are saved", () =>
  inFolder(async (folder) => {
    const path = await writeNpy(`${folder}/a.npy`, 500, 1);
    const bytes = await Deno.readFile(path);
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, NaN, true);
    await Deno.writeFile(path, bytes);
    const out = `${folder}/sweep`;
    const { code, stderr } = await runHere(sweepArgs([path], out, "--shuffle-rows", "100"));
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      `\nRun ${NAMES.join(", ")}: Cannot use the activations of ${path}: row 499`,
    );
    for (const name of NAMES) {
      assertEquals(names(`${out}/${name}`).includes("sae.safetensors"), true);
    }
  }));

Deno.test("options that a sweep cannot take are refused before anything is written", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const out = `${folder}/sweep`;
    const cases: [string[], number, string][] = [
      [["--latents", "24,x"], 2, 'Cannot use --latents "x": it must be a whole number'],
      [["--latents", "24,24"], 2, 'Cannot use --latents "24,24": it holds 24 twice'],
      [["--target-l0", "1,-2"], 2, 'Cannot use --target-l0 "-2"'],
      [["--preset", "default,mine"], 2, 'Cannot use --preset "mine"'],
      [["--prefixes", "8,24"], 2, "but end at 24 (run default-40-l0-1)"],
      [["--mpi"], 2, "unknown option '--mpi'"],
      [["--batch", "501"], 2, "Cannot use --batch 501: there are 500 rows to train on"],
      [["--resume"], 1, `Cannot resume the sweep in ${out}: it holds no sweep.json`],
      [["--out", data[0]], 1, `Cannot write a sweep to ${data[0]}: it exists and is not a folder`],
      [["--force-failed"], 2, "it needs --force or --resume"],
    ];
    for (const [more, code, message] of cases) {
      const result = await runHere(sweepArgs(data, out, ...more));
      assertEquals([result.code, names(folder)], [code, ["a.npy"]], result.stderr);
      if (!more.includes("--mpi")) assertStringIncludes(result.stderr, message);
    }
  }));

Deno.test("a sweep replaces neither a sweep nor a run unless it is told to", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const out = `${folder}/sweep`;
    const args = sweepArgs(data, out, "--steps", "2", "--no-report");
    assertEquals((await runHere(args)).code, 0);
    const again = await runHere([...args, "--seed", "1"]);
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, "it holds sweep.json already; --resume continues");
    const before = await autoencodersOf(out);
    assertEquals((await runHere([...args, "--seed", "1", "--force"])).code, 0);
    for (const [i, each] of (await autoencodersOf(out)).entries()) {
      assert(before[i].some((byte, j) => byte !== each[j]));
    }
    const single = await runHere(sweepArgs(data, `${out}/${NAMES[0]}`, "--force"));
    assertEquals(single.code, 1);
    assertStringIncludes(single.stderr, "it holds run.json of a single run");
    const kept = `${folder}/kept/${NAMES[2]}`;
    await Deno.mkdir(kept, { recursive: true });
    await Deno.writeTextFile(`${kept}/run.json`, "{}");
    const beside = await runHere(sweepArgs(data, `${folder}/kept`));
    assertStringIncludes(beside.stderr, `Cannot write a run to ${kept}: it holds run.json already`);
    assertEquals([beside.code, names(`${folder}/kept`)], [1, [NAMES[2]]]);
  }));

Deno.test("a sweep takes up further combinations when it is resumed", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 500, 1)];
    const [out, whole] = [`${folder}/sweep`, `${folder}/whole`];
    const often = ["--checkpoint-every", "20"];
    assertEquals((await runHere(sweepArgs(data, out, ...often, "--target-l0", "2"))).code, 0);
    const grown = await runHere(sweepArgs(data, out, ...often, "--resume"));
    assertEquals(grown.code, 0, grown.stderr);
    assertStringIncludes(grown.stderr, "Run default-40-l0-1 begins with step 1");
    assertEquals((await runHere(sweepArgs(data, whole))).code, 0);
    assertEquals(await autoencodersOf(out), await autoencodersOf(whole));
    const other = await runHere(sweepArgs(data, out, ...often, "--resume", "--seed", "3"));
    assertEquals(other.code, 1);
    assertMatch(other.stderr, /Cannot resume .*--seed is 3 but 0 in the run/);
    assertEquals(checkpointsOf(`${out}/${NAMES[0]}`).length, 2);
  }));
