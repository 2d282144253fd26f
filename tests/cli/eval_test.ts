import { assertAlmostEquals, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import {
  createBackend,
  encodeSafetensors,
  initialParameters,
  jumpReluOf,
  Random,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";
import { encodeNativeSae } from "../../src/io/formats/native_writing.ts";
import { INTEROP_NAMES, interopExpected } from "../io/formats/golden_files.ts";
import { inFolder, runCli, toyRows, trainArgs, writeNpy, writeSafetensors } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, someSae, writeSae } from "./sae_samples.ts";

interface Prefix {
  readonly prefix: number;
  readonly fvu: number;
  readonly l0: number;
}

Deno.test("eval agrees with the run that wrote the file, and longer prefixes explain more", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 3000, 1);
    const out = `${folder}/run`;
    assertEquals((await runCli(trainArgs([data], out, "--steps", "600"))).code, 0);
    const { history } = JSON.parse(await Deno.readTextFile(`${out}/run.json`));
    const args = ["eval", "--sae", `${out}/sae.safetensors`, "--data", data];

    const { code, stdout, stderr } = await runCli([...args, "--json"]);
    assertEquals(code, 0, stderr);
    const report = JSON.parse(stdout);
    assertEquals([report.rows, report.perPrefix.map((p: Prefix) => p.prefix)], [3000, [
      3,
      6,
      12,
      24,
    ]]);
    const last = history.at(-1);
    assertLess(Math.abs(report.perPrefix[3].fvu - last.perPrefix.at(-1).fvu), 0.05);
    assertLess(Math.abs(report.l0 - last.l0), 0.25 * last.l0);
    const fvu = report.perPrefix.map((p: Prefix) => p.fvu);
    assertEquals(fvu, fvu.toSorted((a: number, b: number) => b - a));
    assertEquals(report.perPrefix[3].l0, report.l0);
    assertLess(report.frequency.minimum, report.frequency.maximum);

    const text = await runCli([...args, "--prefixes", "12,24", "--rows", "100:400"]);
    assertEquals(text.code, 0, text.stderr);
    assertStringIncludes(text.stdout, "explained variance");
    assertStringIncludes(text.stdout, "300 rows; ");
    assertEquals(text.stdout.split("\n").length, 7);
  }));

Deno.test("eval rejects files that do not fit, and prefixes that do not end at N", () =>
  inFolder(async (folder) => {
    const data = await writeSafetensors(`${folder}/a.safetensors`, 50, 1);
    const sae = `${folder}/sae.safetensors`;
    await Deno.writeFile(
      sae,
      encodeNativeSae({
        parameters: initialParameters(8, 24, Random.fromSeed(1)),
        activation: { kind: "relu" },
        subtractDecoderBias: false,
        prefixes: [6, 24],
        inputScale: 1,
        createdBy: "a test",
      }),
    );
    const cases: [string[], number, string][] = [
      [["--sae", data], 1, 'its format is unknown, its tensors are "activations"'],
      [["--sae", sae], 1, `inputSize is 8 but ${data} has rows of 20`],
      [["--sae", `${folder}/none`], 1, `Cannot open ${folder}/none`],
    ];
    for (const [args, wanted, message] of cases) {
      const { code, stdout, stderr } = await runCli(["eval", "--data", data, ...args]);
      assertEquals([code, stdout], [wanted, ""], stderr);
      assertStringIncludes(stderr, message);
    }
  }));

/** Σ (x̂ − x)² and Σ (x − mean)² over rows of [rows, d]. */
function fvuOf(x: ArrayLike<number>, reconstruction: ArrayLike<number>, d: number): number {
  const rows = x.length / d;
  let error = 0, total = 0;
  for (let k = 0; k < d; k++) {
    let mean = 0;
    for (let b = 0; b < rows; b++) mean += x[b * d + k] / rows;
    for (let b = 0; b < rows; b++) {
      error += (reconstruction[b * d + k] - x[b * d + k]) ** 2;
      total += (x[b * d + k] - mean) ** 2;
    }
  }
  return error / total;
}

for (const name of INTEROP_NAMES) {
  Deno.test(`eval agrees with the numbers of the library of ${name}`, () =>
    inFolder(async (folder) => {
      const expected = await interopExpected(name);
      const { x, rows, inputSize: d, latentCount: N } = expected;
      const tensors = { x: { shape: [rows, d], data: Float32Array.from(x) } };
      const data = `${folder}/x.safetensors`;
      await Deno.writeFile(data, encodeSafetensors(tensors));
      const args = ["eval", INTEROP + name, data, "--json", "--backend", "reference"];
      const { code, stdout, stderr } = await runHere(args);
      assertEquals(code, 0, stderr);
      const report = JSON.parse(stdout);
      const active = expected.activations.filter((value) => value !== 0).length;
      assertEquals([report.rows, report.l0], [rows, active / rows]);
      // The figures are of float64, the reference backend's sums too; what was read is float32.
      assertAlmostEquals(
        report.perPrefix.at(-1).fvu,
        fvuOf(x, expected.reconstruction, d),
        1e-5,
      );
      const dead = Array.from({ length: N }, (_, i) => i)
        .filter((i) => expected.activations.every((value, at) => at % N !== i || value === 0));
      assertEquals(report.deadLatents, dead.length);
      const prefixes = report.perPrefix.map((p: Prefix) => p.prefix);
      assertEquals(prefixes, expected.prefixes ?? [N]);
    }));
}

for (const kind of ["layerNorm", "rowNorm", "meanNorm"] as const) {
  Deno.test(`eval measures an autoencoder of "${kind}" rows in the units of the rows`, () =>
    inFolder(async (folder) => {
      const inputNormalization = kind === "layerNorm" ? { kind, epsilon: 1e-5 } : { kind };
      const sae = someSae({ kind: "topk", k: 4 }, { inputNormalization });
      for (const [name, bytes] of Object.entries(saveSae(sae, "saelens"))) {
        await Deno.writeFile(`${folder}/${name}`, bytes);
      }
      // The toy tree has empty rows, which have no norm.
      const x = toyRows(90, 1).map((value, i) => value + Math.sin(i));
      const data = `${folder}/data/x.safetensors`;
      await Deno.mkdir(`${folder}/data`);
      await Deno.writeFile(data, encodeSafetensors({ x: { shape: [90, 20], data: x } }));
      const scale = kind === "meanNorm" ? ["--input-scale", "3"] : [];
      const args = ["eval", folder, data, "--json", "--backend", "reference", "--batch", "32"];
      if (scale.length) {
        const { code, stderr } = await runHere(args);
        assertEquals(code, 2);
        assertStringIncludes(stderr, "--input-scale gives it");
      }
      const { code, stdout, stderr } = await runHere([...args, ...scale]);
      assertEquals(code, 0, stderr);
      const { perPrefix } = JSON.parse(stdout);
      assertEquals(perPrefix.map((p: Prefix) => p.prefix), [6, 12, 24]);
      using backend = await createBackend("reference");
      using model = SparseAutoencoder.fromSae(backend, sae, scale.length ? { inputScale: 3 } : {});
      for (const { prefix, fvu } of perPrefix) {
        const reconstruction = await model.reconstruct(x, { prefix });
        assertAlmostEquals(fvu, fvuOf(x, reconstruction, 20), 1e-6);
      }
    }));
}

Deno.test("eval measures an autoencoder as it is stored and as it was trained, where that is recorded", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 300, 1);
    const batchtopk = someSae({ kind: "batchtopk", k: 3 });
    const jump = jumpReluOf(batchtopk, 0.5);
    const path = await writeSae(`${folder}/jump.safetensors`, jump);
    const plain = await writeSae(`${folder}/plain.safetensors`, {
      ...jump,
      trainedActivation: undefined,
    });
    const top = await writeSae(`${folder}/top.safetensors`, batchtopk);
    const evaluated = async (sae: string) => {
      const args = ["eval", sae, data, "--batch", "100", "--backend", "reference"];
      const { stdout } = await runHere([...args, "--json"]);
      return { ...JSON.parse(stdout), text: (await runHere(args)).stdout };
    };
    const { inference, text, ...both } = await evaluated(path);
    const [stored, trained] = [await evaluated(plain), await evaluated(top)];
    assertEquals([stored.inference, trained.inference], [undefined, undefined]);
    assertEquals([both.perPrefix, both.l0], [stored.perPrefix, stored.l0]);
    const fvu = (report: { perPrefix: Prefix[] }) => report.perPrefix.at(-1)!.fvu;
    assertEquals(inference.stored, {
      activation: { kind: "jumprelu" },
      fvu: fvu(stored),
      l0: stored.l0,
      l0Gap: stored.l0 / 3 - 1,
    });
    assertEquals(inference.trained, {
      activation: { kind: "batchtopk", k: 3 },
      fvu: fvu(trained),
      l0: trained.l0,
      l0Gap: trained.l0 / 3 - 1,
    });
    assertStringIncludes(text, "as trained: batchtopk, k 3, batches of 100 rows");
    assertEquals(stored.text.includes("as trained"), false);
  }));
