/** What `train --init` takes over from an autoencoder, and what it rejects. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { readSae } from "../../cli/files/sae_files.ts";
import { foldInputScale, jumpReluOf, type Sae, saveSae } from "../../mod.ts";
import { inFolder, toyRows, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, jumprelu, someSae, writeSae } from "./sae_samples.ts";
import { readJson } from "./training_runs.ts";

/** Arguments of a short run from an autoencoder, whose weights do not move unless a rate is given. */
async function initArgs(folder: string, init: string, ...more: string[]): Promise<string[]> {
  const data = await writeNpy(`${folder}/a.npy`, 300, 1);
  const args = ["train", "--data", data, "--init", init, "--steps", "1", "--batch", "64"];
  const still = ["--learning-rate", "0", "--backend", "reference", "--no-report"];
  return [...args, ...still, "--out", `${folder}/out`, ...more];
}

async function succeeds(args: string[]): Promise<string> {
  const { code, stderr } = await runHere(args);
  assertEquals(code, 0, stderr);
  return stderr;
}

async function trained(folder: string): Promise<Sae> {
  return (await readSae(`${folder}/out`)).sae;
}

/** The largest difference of two arrays, relative to the largest value. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  const size = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / size;
}

Deno.test("train --init goes on where a run ended: as good at its first step as at the end, with a fresh schedule", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    await succeeds(trainArgs(data, `${folder}/first`, "--no-report", "--model", "gpt2-small"));
    const more = ["--learning-rate", "0.01", "--steps", "100", "--target-l0", "2"];
    const args = await initArgs(folder, `${folder}/first`, ...more);
    await succeeds(args);
    const first = await readJson(`${folder}/first/run.json`);
    const { history, options, startedFrom } = await readJson(`${folder}/out/run.json`);
    const fvu = ({ perPrefix }: { perPrefix: { fvu: number }[] }) => perPrefix.at(-1)!.fvu;
    // A new run begins at 0.95. Batches of 64 rows differ by about a third.
    assert(fvu(history[0]) < 2 * fvu(first.history.at(-1)), `${fvu(history[0])}`);
    assert(fvu(history.at(-1)) < 2 * fvu(first.history.at(-1)));
    assertEquals([history[0].step, history[0].learningRate], [1, 0]);
    assertAlmostEquals(first.inputScale, (await trained(folder)).inputScale!, 0.05);
    assertEquals([options.latents, options.prefixes], [24, 4]);
    const { sae } = await readSae(`${folder}/out`);
    assertEquals([sae.prefixes, sae.modelName], [4, "gpt2-small"]);
    assertEquals(sae.training?.startedFrom, startedFrom.fingerprint);
    assertEquals(startedFrom.path, `${folder}/first`);
    // The record names the autoencoder and does not hold its weights.
    assertEquals("initial" in options.trainer, false);
  }));

for (const activation of [{ kind: "topk", k: 3 }, { kind: "identity" }, jumprelu] as const) {
  Deno.test(`train --init takes over ${activation.kind}, the prefixes and what the encoder sees`, () =>
    inFolder(async (folder) => {
      const sae = someSae(activation, { subtractDecoderBias: true });
      const path = await writeSae(`${folder}/sae.safetensors`, sae);
      await succeeds(await initArgs(folder, path, "--permute-every", "0"));
      const after = await trained(folder);
      assertEquals(after.activation, activation);
      assertEquals([after.prefixes, after.subtractDecoderBias], [[6, 12, 24], true]);
      // The file holds no scale: it follows from the norms of the rows, and moves by at most 1 % in a step.
      const { encoder, decoder, encoderBias } = sae.parameters;
      assert(relativeDifference(encoder, after.parameters.encoder) < 0.01);
      assert(relativeDifference(decoder, after.parameters.decoder) < 0.01);
      assertEquals(after.parameters.encoderBias, encoderBias);
      assertAlmostEquals(after.inputScale!, scaleOf(toyRows(300, 1)), 0.05);
    }));
}

Deno.test("train --init with --permute-every reorders the thresholds of jumprelu with their latents", () =>
  inFolder(async (folder) => {
    const sae = someSae(jumprelu);
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const args = await initArgs(folder, path, "--steps", "2", "--permute-every", "2");
    assertStringIncludes(await succeeds(args), "does not change the thresholds of jumprelu");
    const { parameters, activation } = await trained(folder);
    assert(activation.kind === "jumprelu" && jumprelu.kind === "jumprelu");
    // Biases and thresholds of the samples are all different.
    const pairs = (biases: Float32Array, thresholds: Float32Array) =>
      Array.from(biases, (bias, i) => `${bias} ${thresholds[i]}`);
    const before = pairs(sae.parameters.encoderBias, jumprelu.threshold);
    const after = pairs(parameters.encoderBias, activation.threshold);
    assertEquals(after.toSorted(), before.toSorted());
    assert(`${after}` !== `${before}`);
  }));

Deno.test("train --init uses the input scale of the file, and parameters for scaled inputs as they are", () =>
  inFolder(async (folder) => {
    const sae = someSae({ kind: "relu" }, { inputScale: 4 });
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    await succeeds(await initArgs(folder, path));
    const { inputScale } = await trained(folder);
    // √d / scale moves by 1 % towards the mean norm of the first batch.
    const scale = scaleOf(toyRows(300, 1));
    assertAlmostEquals(inputScale!, 1 / (0.99 / 4 + 0.01 / scale), 0.01);
    const scaled = someSae({ kind: "relu" }, { inputNormalization: { kind: "meanNorm" } });
    const files = saveSae(scaled, "saelens");
    await Deno.mkdir(`${folder}/scaled`);
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/scaled/${name}`, bytes);
    }
    await succeeds([...await initArgs(folder, `${folder}/scaled`), "--force"]);
    const after = await trained(folder);
    const expected = foldInputScale(scaled.parameters, scale);
    assert(relativeDifference(expected.encoder, after.parameters.encoder) < 0.01);
  }));

Deno.test("options of train --init win over the autoencoder where they can", () =>
  inFolder(async (folder) => {
    const path = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "topk", k: 3 }));
    const cases: [string[], Sae["activation"], Sae["prefixes"]][] = [
      [["--k", "5"], { kind: "topk", k: 5 }, [6, 12, 24]],
      [["--activation", "batchtopk", "--latents", "24"], { kind: "batchtopk", k: 3 }, [6, 12, 24]],
      [["--activation", "relu", "--prefixes", "5"], { kind: "relu" }, 5],
    ];
    for (const [more, activation, prefixes] of cases) {
      await succeeds(await initArgs(folder, path, "--force", ...more));
      const after = await trained(folder);
      // batchtopk is saved as the jumprelu of its threshold.
      const { trainedActivation = after.activation } = after;
      assertEquals([trainedActivation, after.prefixes], [activation, prefixes]);
    }
  }));

Deno.test("train --init goes on with batchtopk from the jumprelu that such a run leaves", () =>
  inFolder(async (folder) => {
    const sae = jumpReluOf(someSae({ kind: "batchtopk", k: 3 }), 0.5);
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const cases: [string[], Sae["trainedActivation"]][] = [
      [[], { kind: "batchtopk", k: 3 }],
      [["--k", "4"], { kind: "batchtopk", k: 4 }],
      [["--activation", "topk"], undefined],
    ];
    for (const [more, selection] of cases) {
      const stderr = await succeeds(await initArgs(folder, path, "--force", ...more));
      assertEquals(stderr.includes("does not change the thresholds"), false);
      const { activation, trainedActivation } = await trained(folder);
      assertEquals(trainedActivation, selection);
      if (selection === undefined) assertEquals(activation, { kind: "topk", k: 3 });
      else assert(activation.kind === "jumprelu" && activation.threshold[0] !== 0.5);
    }
  }));

Deno.test("train --init rejects what does not fit, and names both sides", () =>
  inFolder(async (folder) => {
    const path = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const normalised = someSae({ kind: "relu" }, {
      inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
    });
    const layerNorm = await writeSae(`${folder}/normalised.safetensors`, normalised);
    const topk = `${INTEROP}saelens_topk`;
    const cases: [string[], number, string][] = [
      [
        ["--latents", "12"],
        2,
        `Cannot use --latents 12 with --init ${path}: its autoencoder has 24`,
      ],
      [["--k", "3"], 2, "--activation must be topk or batchtopk but is jumprelu in --init"],
      [["--target-l0", "2"], 2, '--target-l0 2 needs a penalty to steer but its kind is "none"'],
      [["--prefixes", "6,12"], 2, "--prefixes must end at --latents 24 but end at 12"],
      [
        ["--init", layerNorm],
        2,
        'its rows are normalised one by one ("layerNorm"), which training',
      ],
      [["--out", folder], 2, `the result would replace it in --out ${folder}`],
      [
        ["--init", topk],
        1,
        `Cannot train from --init ${topk}: the autoencoder's inputSize is 12 but ${folder}/a.npy has`,
      ],
      [["--init", `${folder}/none`], 1, `Cannot open ${folder}/none: no such file`],
    ];
    for (const [more, expected, message] of cases) {
      const { code, stderr } = await runHere(await initArgs(folder, path, ...more));
      assertEquals(code, expected, stderr);
      assertStringIncludes(stderr, message);
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["a.npy", "normalised.safetensors", "sae.safetensors"]);
  }));

Deno.test("train --resume goes on bit for bit in a run from --init, and only with the same autoencoder", () =>
  inFolder(async (folder) => {
    const path = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "relu" }));
    const other = await writeSae(`${folder}/other.safetensors`, someSae({ kind: "topk", k: 3 }));
    const more = ["--steps", "12", "--checkpoint-every", "6", "--learning-rate", "0.01"];
    const args = await initArgs(folder, path, ...more, "--hook", "blocks.3");
    await succeeds(args);
    const whole = await trained(folder);
    const checkpoint = `${folder}/out/checkpoints/step-00000006.safetensors`;
    const resume = ["--out", `${folder}/again`, "--resume", checkpoint];
    const withoutNames = (await initArgs(folder, path, ...more)).concat(resume);
    await succeeds(withoutNames);
    const { sae } = await readSae(`${folder}/again`);
    assertEquals(sae.parameters, whole.parameters);
    assertEquals(sae.hookName, "blocks.3");
    const { code, stderr } = await runHere([...args, "--init", other, ...resume, "--force"]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      `Cannot resume ${checkpoint}: --init ${other} holds the autoencoder`,
    );
    assertStringIncludes(stderr, "but the run began with the autoencoder ");
    const data = [`${folder}/a.npy`];
    const fresh = trainArgs(
      data,
      `${folder}/again`,
      "--steps",
      "12",
      "--force",
      ...resume.slice(2),
    );
    assertStringIncludes(
      (await runHere(fresh)).stderr,
      "--init is not given but the run began with",
    );
  }));

/** The factor that gives rows [rows, 20] a mean norm of √20. */
function scaleOf(rows: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at += 20) sum += Math.hypot(...rows.subarray(at, at + 20));
  return Math.sqrt(20) * (rows.length / 20) / sum;
}
