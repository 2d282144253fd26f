import { assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  createBackend,
  encodeSafetensors,
  type Sae,
  saeFingerprint,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";
import { countBetween, histogram, histogramText } from "../../cli/terminal/histogram.ts";
import { readSae } from "../../cli/files/sae_files.ts";
import { INTEROP_NAMES } from "../io/formats/golden_files.ts";
import { inFolder, toyRows, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, jumprelu, someSae, writeSae } from "./sae_samples.ts";

const REFERENCE = ["--backend", "reference"];

/** What inspect prints as JSON. */
async function inspected(...args: string[]) {
  const { code, stdout, stderr } = await runHere(["inspect", ...args, "--json"]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** ‖v_i‖ of each row of [N, d], the plainest way. */
const norms = (values: Float32Array, d: number) =>
  Array.from(
    { length: values.length / d },
    (_, i) => Math.hypot(...values.subarray(i * d, i * d + d)),
  );

const middle = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
};

for (const name of INTEROP_NAMES) {
  Deno.test(`inspect describes ${name}`, async () => {
    const report = await inspected(INTEROP + name);
    const { sae } = await readSae(INTEROP + name);
    const { inputSize: d, latentCount: N, decoder, encoder, encoderBias } = sae.parameters;
    const { format, kind, dtype } = sae.source;
    assertEquals([report.format, report.kind, report.dtype], [format, kind, dtype]);
    assertEquals([report.inputSize, report.latentCount], [d, N]);
    assertEquals(report.parameterCount, 2 * N * d + N + d);
    assertEquals(report.activation.kind, sae.activation.kind);
    assertEquals(report.subtractDecoderBias, sae.subtractDecoderBias);
    assertEquals(report.prefixes, sae.prefixes);
    assertEquals(report.fingerprint, await saeFingerprint(sae));
    const rows = norms(decoder, d);
    assertAlmostEquals(report.norms.decoderRows.minimum, Math.min(...rows), 1e-12);
    assertAlmostEquals(report.norms.decoderRows.median, middle(rows), 1e-12);
    assertAlmostEquals(report.norms.decoderRows.maximum, Math.max(...rows), 1e-12);
    assertAlmostEquals(report.norms.encoderRows.median, middle(norms(encoder, d)), 1e-12);
    assertEquals(report.norms.encoderBias.maximum, Math.max(...encoderBias));
    const { counts } = report.decoderNorms;
    assertEquals(counts.reduce((a: number, b: number) => a + b), N);
    assertEquals(report.deadByWeights, { neverActive: 0, zeroDecoder: 0, either: 0 });
    const { stdout } = await runHere(["inspect", INTEROP + name]);
    assertStringIncludes(stdout, `${N} latents on inputs of ${d}`);
    assertStringIncludes(stdout, "dead by the weights alone: 0 of");
  });
}

Deno.test("a file of weights is read with the configuration beside it", async () => {
  const { files, ...folder } = await inspected(`${INTEROP}sparsify`);
  const { files: read, ...file } = await inspected(`${INTEROP}sparsify/sae.safetensors`);
  assertEquals(file, folder);
  assertEquals([files.length, read.length], [3, 2]);
});

Deno.test("inspect counts a latent as dead by its weights only if no input can activate it", () =>
  inFolder(async (folder) => {
    const sae = someSae({ kind: "relu" });
    const { encoder, encoderBias, decoder } = sae.parameters;
    encoder.fill(0, 0, 40);
    encoderBias[0] = 0.5; // always active
    encoderBias[1] = -0.5; // never
    encoderBias[2] = -1e6; // active on a large enough row
    decoder.fill(0, 20, 60); // latents 1 and 2
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const expected = { neverActive: 1, zeroDecoder: 2, either: 2 };
    assertEquals((await inspected(path)).deadByWeights, expected);

    // Rows of length √d at most: now latent 2 sleeps forever, too.
    const normalized: Sae = { ...sae, inputNormalization: { kind: "rowNorm" } };
    await Deno.mkdir(`${folder}/lens`);
    for (const [name, bytes] of Object.entries(saveSae(normalized, "saelens"))) {
      await Deno.writeFile(`${folder}/lens/${name}`, bytes);
    }
    const report = await inspected(`${folder}/lens`);
    assertEquals(report.deadByWeights, { ...expected, neverActive: 2 });
    assertEquals(report.inputNormalization, { kind: "rowNorm" });
  }));

Deno.test("inspect --activations counts the latents that are dead on the rows", () =>
  inFolder(async (folder) => {
    const sae = someSae(jumprelu);
    sae.parameters.encoderBias[3] = -100;
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const data = await writeNpy(`${folder}/a.npy`, 300, 1);
    using backend = await createBackend("reference");
    using model = SparseAutoencoder.fromSae(backend, sae);
    const codes = await model.encode(toyRows(300, 1).subarray(0, 200 * 20));
    const counts = new Array<number>(24).fill(0);
    for (const latent of codes.indices) counts[latent]++;
    const args = [path, "--activations", data, "--rows", ":200", "--batch", "64", ...REFERENCE];
    const { activity } = await inspected(...args);
    assertEquals([activity.rows, activity.l0], [200, codes.values.length / 200]);
    assertEquals(activity.deadLatents, counts.filter((count) => count === 0).length);
    assertEquals(activity.denseLatents, counts.filter((count) => count > 20).length);
    const { edges, counts: bins } = activity.log10Frequency;
    assertEquals(bins.length, edges.length - 1);
    bins.forEach((count: number, i: number) => {
      const last = i === bins.length - 1;
      const inside = counts.filter((c) => {
        const log = Math.log10(c / 200);
        return log >= edges[i] && (log < edges[i + 1] || last);
      });
      assertEquals(count, inside.length);
    });
    const { stdout } = await runHere(["inspect", ...args]);
    assertMatch(stdout, /on 200 rows: L0 .*, \d+ of 24 latents dead \(active in no row\)/);
    assertStringIncludes(stdout, "31.6 % – 100.0 %");
  }));

Deno.test("inspect shows no input scale for files of other libraries, whose scale is unknown", () =>
  inFolder(async (folder) => {
    for (const inputScale of [1, 0.25]) {
      const path = await writeSae(`${folder}/${inputScale}`, someSae(jumprelu, { inputScale }));
      const { stdout } = await runHere(["inspect", path]);
      assertEquals(stdout.includes("input scale"), inputScale !== 1);
    }
  }));

Deno.test("inspect --cosines finds decoder rows that point the same way", () =>
  inFolder(async (folder) => {
    const sae = someSae(jumprelu), { decoder } = sae.parameters;
    for (let k = 0; k < 20; k++) decoder[7 * 20 + k] = 3 * decoder[19 * 20 + k];
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const { cosines } = await inspected(path, "--cosines");
    assertEquals([cosines.closest, cosines.above09], [[7, 19], 2]);
    assertAlmostEquals(cosines.maximum, 1, 1e-6);
  }));

Deno.test("inspect reports what is wrong", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/mine.safetensors`, someSae(jumprelu));
    const narrow = { shape: [3, 8], data: new Float32Array(24) };
    await Deno.writeFile(`${folder}/narrow.safetensors`, encodeSafetensors({ narrow }));
    await Deno.writeFile(`${folder}/cut.safetensors`, (await Deno.readFile(sae)).subarray(0, 999));
    const cases: [string[], number, string][] = [
      [[`${folder}/none`], 1, `Cannot open ${folder}/none`],
      [[folder], 1, "more than one of its files could hold the weights: cut.safetensors, "],
      [[`${folder}/cut.safetensors`], 1, "but the file has 999 bytes"],
      [[`${folder}/narrow.safetensors`], 1, 'its format is unknown, its tensors are "narrow"'],
      [[sae, "--from", "gemma_scope"], 1, "files of gemma_scope are npz but it is safetensors"],
      [[sae, "--activations", `${folder}/narrow.safetensors`], 1, "inputSize is 20 but"],
      [[sae, "--activations", sae], 1, "Cannot choose the activations"],
    ];
    for (const [args, wanted, message] of cases) {
      const { code, stdout, stderr } = await runHere(["inspect", ...args, ...REFERENCE]);
      assertEquals([code, stdout], [wanted, ""], stderr);
      assertStringIncludes(stderr, message);
    }
  }));

Deno.test("a folder with more than a hundred files is rejected", () =>
  inFolder(async (folder) => {
    for (let i = 0; i <= 100; i++) await Deno.writeTextFile(`${folder}/${i}`, "");
    const { code, stderr } = await runHere(["inspect", folder]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "it holds more than 100 files; give the one with the weights");
  }));

Deno.test("histogram() counts the least value in its first bin and the largest in its last", () => {
  assertEquals(histogram([0, 1, 2, 3, 4], 2), { edges: [0, 2, 4], counts: [2, 3] });
  assertEquals(histogram([5, 5, 5], 10), { edges: [5, 5], counts: [3] });
  assertEquals(histogram([], 10), { edges: [], counts: [] });
  assertEquals(histogram([1, 1 + 1e-8], 10).counts, [2]);
  assertEquals(countBetween([-1, -0.5, 0], [-1, -0.5, 0]).counts, [1, 2]);
  // 1/49 · 49 is below 1 in float64.
  const edges = Array.from({ length: 50 }, (_, i) => i);
  assertEquals(countBetween(edges, edges).counts, [...Array(48).fill(1), 2]);
  const text = histogramText({ edges: [0, 1, 2, 3], counts: [80, 1, 0] }, String).split("\n");
  assertEquals(text[0], `0 – 1  ${"█".repeat(40)}  80`);
  assertEquals(text[1], `1 – 2  ${"▌".padEnd(40)}  1`);
  assertEquals(text[2], `2 – 3  ${" ".repeat(40)}  0`);
});
