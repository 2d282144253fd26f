import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { decodeFloats, encodeFloats, encodeSafetensors, loadSae } from "../../mod.ts";
import { openFile } from "../../src/io/sources/files.ts";
import { readNativeSae } from "../../src/io/formats/native_reading.ts";
import {
  inFolder,
  names,
  runCli,
  spawnCli,
  toyRows,
  trainArgs,
  writeNpy,
  writeSafetensors,
} from "./run_cli.ts";

const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(path));

Deno.test("train reads .npy shards, and leaves a readable autoencoder and the record of the run", () =>
  inFolder(async (folder) => {
    const data = [
      await writeNpy(`${folder}/a.npy`, 1000, 1),
      await writeNpy(`${folder}/b.npy`, 700, 2),
    ];
    const out = `${folder}/runs/first`;
    const { code, stdout, stderr } = await runCli(trainArgs(data, out));
    assertEquals([code, names(out)], [0, [
      "activity.json",
      "report.html",
      "run.json",
      "sae.safetensors",
    ]], stderr);
    assertStringIncludes(stdout, "Trained 200 steps of 64 rows");
    assertStringIncludes(stderr, "step 200/200");

    await using file = await openFile(`${out}/sae.safetensors`);
    const sae = await readNativeSae(file);
    assertEquals([sae.parameters.latentCount, sae.parameters.inputSize], [24, 20]);
    assertEquals([sae.activation, sae.prefixes], [{ kind: "relu" }, 4]);

    const run = await readJson(`${out}/run.json`);
    assertEquals([run.steps, run.data.rows, run.environment.backend.name], [
      200,
      1700,
      "reference",
    ]);
    assertEquals(run.inputScale, sae.inputScale);
    const { trainer: options, preset } = run.options;
    assertEquals(sae.training, { preset, options, versions: run.environment.versions });
    assertEquals([preset, options.steps], ["default", 200]);
    assertEquals([run.history[0].step, run.history.at(-1).step], [1, 200]);
    assertLess(run.history.at(-1).loss, 0.7 * run.history[0].loss);
    assert(run.history.every((row: { perPrefix: unknown[] }) => row.perPrefix.length === 4));
  }));

Deno.test("train takes safetensors, fixed prefixes and batchtopk, and --json prints the record", () =>
  inFolder(async (folder) => {
    const data = [await writeSafetensors(`${folder}/a.safetensors`, 1500, 1)];
    const out = `${folder}/run`;
    const { code, stdout, stderr } = await runCli([
      ...["train", "--data", ...data, "--latents", "24", "--prefixes", "6,12,24", "--steps", "150"],
      ...["--batch", "100", "--activation", "batchtopk", "--k", "2", "--learning-rate", "0.01"],
      ...["--rows", ":1000", "--eval-rows", "1000:", "--backend", "reference"],
      ...["--out", out, "--json"],
    ]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), await readJson(`${out}/run.json`));
    const { evaluation, history } = JSON.parse(stdout);
    assertEquals(evaluation.rows, 500);
    assertEquals(evaluation.perPrefix.map((p: { prefix: number }) => p.prefix), [6, 12, 24]);
    const { activation, trainedActivation } = await loadSae(
      await Deno.readFile(`${out}/sae.safetensors`),
    );
    assertEquals([activation.kind, trainedActivation], ["jumprelu", { kind: "batchtopk", k: 2 }]);
    const { threshold } = history.at(-1);
    assert(activation.kind === "jumprelu");
    assertEquals(activation.threshold, new Float32Array(24).fill(threshold));
    // Unseen rows of the same world: as good as the last batch, give or take its noise.
    assertLess(Math.abs(evaluation.perPrefix[2].fvu - history.at(-1).perPrefix[2].fvu), 0.1);

    const args = ["eval", "--sae", `${out}/sae.safetensors`, "--data", ...data];
    const evaluated = await runCli([
      ...[...args, "--rows", "1000:", "--batch", "100", "--backend", "reference", "--json"],
    ]);
    const { perPrefix, inference } = JSON.parse(evaluated.stdout);
    assertEquals(perPrefix, evaluation.perPrefix);
    // The top-k of a batch keeps k at most, where the threshold may keep more.
    assertEquals([inference.stored.l0, inference.trained.l0 <= 2], [evaluation.l0, true]);
  }));

Deno.test("train gives the same bits for float16 files, which it keeps as float16, as for the same values in float32", () =>
  inFolder(async (folder) => {
    const values = decodeFloats(encodeFloats(toyRows(300, 1), "F16"), "F16");
    const saved = [];
    for (const dtype of ["F16", "F32"] as const) {
      const tensors = { activations: { shape: [300, 20], data: values, dtype } };
      const path = `${folder}/${dtype}.safetensors`, out = `${folder}/${dtype}`;
      await Deno.writeFile(path, encodeSafetensors(tensors));
      const { code, stderr } = await runCli(trainArgs([path], out, "--backend", "wasm"));
      assertEquals(code, 0, stderr);
      saved.push(await Deno.readFile(`${out}/sae.safetensors`));
    }
    assertEquals(saved[0], saved[1]);
  }));

Deno.test("train accepts --path as the former name of --algorithm, with a warning", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const args = trainArgs(data, `${folder}/run`, "--steps", "1", "--json", "--path", "sparse");
    const { code, stdout, stderr } = await runCli(args);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "Warning: --path is now called --algorithm");
    const { options } = JSON.parse(stdout);
    assertEquals([options.algorithm, options.path], ["sparse", undefined]);
    assertEquals(options.trainer.algorithm, "sparse");
    assertEquals((await runCli(["train", "--help"])).stdout.includes("--path"), false);
  }));

Deno.test("options replace only the parts of the preset's penalty that they name", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const log = { kind: "log", epsilon: 0.1, subtractLogEpsilon: true };
    const cases: [string[], object][] = [
      [[], { ...log, coefficient: 0.2 }],
      [["--penalty-coefficient", "0.1"], { ...log, coefficient: 0.1 }],
      [["--penalty", "l1"], { kind: "l1", coefficient: 0.2 }],
      [["--preset", "authorCode", "--penalty-coefficient", "0.3"], {
        kind: "l1",
        coefficient: 0.3,
      }],
      [["--preset", "authorCode", "--prefixes", "6,24"], { kind: "l1", coefficient: 0.2 }],
    ];
    for (const [more, penalty] of cases) {
      const args = trainArgs(data, `${folder}/run`, "--steps", "1", "--force", "--json", ...more);
      const { code, stdout, stderr } = await runCli(args);
      assertEquals(code, 0, stderr);
      assertEquals(JSON.parse(stdout).options.trainer.penalty, penalty, `${more}`);
    }
  }));

Deno.test("train on batches of one row warns once that there is no FVU, and writes null", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 50, 1)];
    const out = `${folder}/run`;
    const { code, stderr } = await runCli(trainArgs(data, out, "--batch", "1", "--steps", "9"));
    assertEquals([code, stderr.split("has no FVU").length - 1], [0, 1], stderr);
    const { history } = await readJson(`${out}/run.json`);
    assertEquals(history.at(-1).perPrefix.at(-1).fvu, null);
    const usual = await runCli(trainArgs(data, out, "--batch", "9", "--steps", "9", "--force"));
    assertEquals([usual.code, usual.stderr.includes("has no FVU")], [0, false]);
  }));

Deno.test("train gives the same bytes with the same seed, and other bytes with another seed", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
    const run = async (name: string, seed: string) => {
      const { code, stderr } = await runCli(
        trainArgs(data, `${folder}/${name}`, "--seed", seed, "--permute-every", "40"),
      );
      assertEquals(code, 0, stderr);
      return await Deno.readFile(`${folder}/${name}/sae.safetensors`);
    };
    const [first, again, other] = [await run("a", "5"), await run("b", "5"), await run("c", "6")];
    assertEquals(first, again);
    assert(first.some((byte, i) => byte !== other[i]));
  }));

Deno.test("train overwrites a run only with --force", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const out = `${folder}/run`;
    assertEquals((await runCli(trainArgs(data, out, "--steps", "3"))).code, 0);
    const before = await Deno.readFile(`${out}/sae.safetensors`);
    const refused = await runCli(trainArgs(data, out, "--steps", "5"));
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertStringIncludes(refused.stderr, `Cannot write a run to ${out}: it holds sae.safetensors`);
    assertEquals(await Deno.readFile(`${out}/sae.safetensors`), before);
    assertEquals((await runCli(trainArgs(data, out, "--steps", "5", "--force"))).code, 0);
    assertEquals((await readJson(`${out}/run.json`)).steps, 5);
  }));

Deno.test("train reports before the first step that it cannot write", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const { code, stderr } = await runCli(trainArgs(data, `${data[0]}/run`));
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Cannot write a run to ${data[0]}/run: `);
    assertEquals(stderr.includes("step"), false);
  }));

Deno.test("train saves what it has when it meets a bad row, and names the row", () =>
  inFolder(async (folder) => {
    const path = await writeNpy(`${folder}/a.npy`, 640, 1);
    const bytes = await Deno.readFile(path);
    new DataView(bytes.buffer).setFloat32(bytes.length - 80, NaN, true);
    await Deno.writeFile(path, bytes);
    const out = `${folder}/run`;
    const { code, stderr } = await runCli(trainArgs([path], out, "--shuffle-rows", "1"));
    assertEquals([code, names(out)], [1, ["report.html", "run.json", "sae.safetensors"]]);
    assertStringIncludes(stderr, "row 639 must be finite but holds NaN");
    const { steps, history, stoppedEarly } = await readJson(`${out}/run.json`);
    // The ninth batch lacks the row that the buffer holds back.
    assertEquals([steps, history.at(-1).step], [8, 8]);
    assertStringIncludes(stoppedEarly, "row 639");
  }));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `train stops at ${signal}, saves what it has and exits with 130`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        const data = [await writeNpy(`${folder}/a.npy`, 900, 1)];
        const out = `${folder}/run`;
        const child = spawnCli(trainArgs(data, out, "--steps", "10000000", "--json"));
        const stdout = new Response(child.stdout).text();
        let stderr = "", sent = false;
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
          stderr += text;
          if (sent || !stderr.includes("step ")) continue;
          sent = true;
          child.kill(signal);
        }
        assertEquals((await child.status).code, 130, stderr);
        assertStringIncludes(stderr, "Stopped after step");
        assertEquals(names(out), [
          "activity.json",
          "checkpoints",
          "report.html",
          "run.json",
          "sae.safetensors",
        ]);
        const run = await readJson(`${out}/run.json`);
        assertEquals(run.stoppedEarly, "interrupted");
        assertEquals([run.history.at(-1).step, JSON.parse(await stdout)], [run.steps, run]);
        await using file = await openFile(`${out}/sae.safetensors`);
        assertEquals((await readNativeSae(file)).parameters.latentCount, 24);
      }),
  });
}
