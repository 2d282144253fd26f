import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import {
  encodeSafetensors,
  loadSae,
  type Sae,
  saveSae,
  WRITABLE_SAE_FORMATS,
  type WritableSaeFormat,
} from "../../mod.ts";
import { encodeNpy } from "../../src/io/arrays/npy_writing.ts";
import { readSae } from "../../cli/files/sae_files.ts";
import { relativeError } from "../golden/golden.ts";
import { INTEROP_NAMES, interopExpected } from "../io/formats/golden_files.ts";
import { runPlainly } from "../io/formats/plain.ts";
import { inFolder, names, runCli } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, jumprelu, someSae, writeSae } from "./sae_samples.ts";

/** The activations that each format can say. */
const SAYS: Record<WritableSaeFormat, readonly string[]> = {
  native: ["relu", "topk", "jumprelu"],
  saelens: ["relu", "topk", "jumprelu"],
  sparsify: ["topk"],
  gemma_scope: ["relu", "jumprelu"],
};
/** Formats that always, or never, subtract c: elsewhere the encoder's bias has to make up for it. */
const SUBTRACTS: Partial<Record<WritableSaeFormat, boolean>> = {
  sparsify: true,
  gemma_scope: false,
};

for (const name of INTEROP_NAMES) {
  Deno.test(`convert writes ${name} in every format that can represent it, and reads it back`, () =>
    inFolder(async (folder) => {
      const { sae } = await readSae(INTEROP + name);
      const expected = await interopExpected(name);
      for (const to of WRITABLE_SAE_FORMATS) {
        const there = `${folder}/${to}`, back = `${folder}/${to}-back`;
        const result = await runHere([
          "convert",
          INTEROP + name,
          there,
          "--to",
          to,
          "--no-decoder-norms",
        ]);
        if (!SAYS[to].includes(sae.activation.kind)) {
          assertEquals([result.code, names(folder).includes(to)], [2, false]);
          assertStringIncludes(result.stderr, `but is "${sae.activation.kind}"`);
          continue;
        }
        assertEquals(result.code, 0, result.stderr);
        assertEquals((await runHere(["convert", there, back, "--to", "native"])).code, 0);
        const { sae: returned } = await readSae(back);
        assertEquals(returned.source.format, "native");
        const { encoder, decoder, decoderBias } = returned.parameters;
        assertEquals(encoder, sae.parameters.encoder);
        assertEquals(decoder, sae.parameters.decoder);
        assertEquals(decoderBias, sae.parameters.decoderBias);
        if ((SUBTRACTS[to] ?? sae.subtractDecoderBias) === sae.subtractDecoderBias) {
          assertEquals(returned.parameters, sae.parameters);
          assertStringIncludes(result.stdout, "the same, bit for bit");
          if (sae.activation.kind === returned.activation.kind) {
            assertEquals(returned.activation, sae.activation);
          }
        }
        // As the formats' own tests ask: float32 sums against the library's figures in float64.
        const { activations, reconstruction } = runPlainly(returned, expected.x);
        assertLess(relativeError(activations, expected.activations), 1e-5);
        assertLess(relativeError(reconstruction, expected.reconstruction), 1e-5);
      }
    }));
}

Deno.test("convert --prefix keeps the first latents, and notes the consequences", () =>
  inFolder(async (folder) => {
    const whole = someSae({ kind: "topk", k: 8 });
    const sae = await writeSae(`${folder}/sae.safetensors`, whole);
    const args = ["convert", sae, `${folder}/six`, "--to", "saelens", "--prefix"];
    const { code, stderr } = await runHere([...args, "6"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "topk now selects among 6 latents");
    const { sae: cut } = await readSae(`${folder}/six`);
    assertEquals([cut.parameters.latentCount, cut.prefixes], [6, [6]]);
    assertEquals(cut.activation, { kind: "topk", k: 6 });
    assertEquals(cut.parameters.encoder, whole.parameters.encoder.slice(0, 6 * 20));
    assertEquals(cut.parameters.decoder, whole.parameters.decoder.slice(0, 6 * 20));

    args[2] = `${folder}/seven`;
    assertStringIncludes((await runHere([...args, "7"])).stderr, "7 is not one of the prefixes");
    args[2] = `${folder}/twenty-five`;
    const long = await runHere([...args, "25"]);
    assertEquals(long.code, 2);
    assertStringIncludes(long.stderr, "Cannot use --prefix 25: there are 24 latents");
  }));

Deno.test("convert folds input scale and mean, so that the result takes raw activations", () =>
  inFolder(async (folder) => {
    const x = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i));
    const mean = Float32Array.from({ length: 20 }, (_, k) => k / 10);
    await Deno.writeFile(`${folder}/mean.npy`, encodeNpy(mean, [20], "F32"));
    for (const subtractDecoderBias of [false, true]) {
      const trained = someSae({ kind: "relu" }, { subtractDecoderBias });
      const sae = await writeSae(`${folder}/sae.safetensors`, trained);
      const options = ["--input-scale", "0.31", "--mean", `${folder}/mean.npy`, "--force"];
      const { code, stderr } = await runHere(
        ["convert", sae, `${folder}/raw.safetensors`, "--to", "native", ...options],
      );
      assertEquals(code, 0, stderr);
      const raw = (await readSae(`${folder}/raw.safetensors`)).sae;
      const before = runPlainly(trained, x.map((value, i) => (value - mean[i % 20]) * 0.31));
      const after = runPlainly(raw, x);
      // Sums of 20 float32 products and a few roundings more: 32 · 2⁻²⁴ and room for cancellation.
      assertLess(relativeError(after.activations, before.activations), 1e-5);
      const unscaled = before.reconstruction.map((value, i) => value / 0.31 + mean[i % 20]);
      assertLess(relativeError(after.reconstruction, unscaled), 1e-5);
    }
  }));

Deno.test("convert needs the input scale where the file does not hold it", () =>
  inFolder(async (folder) => {
    const sae = someSae({ kind: "relu" }, { inputNormalization: { kind: "meanNorm" } });
    await Deno.mkdir(`${folder}/in`);
    for (const [name, bytes] of Object.entries(saveSae(sae, "saelens"))) {
      await Deno.writeFile(`${folder}/in/${name}`, bytes);
    }
    const args = ["convert", `${folder}/in`, `${folder}/out`, "--to", "gemma_scope"];
    const refused = await runHere(args);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "--input-scale gives it");
    assertEquals((await runHere([...args, "--input-scale", "2"])).code, 0);
    const { sae: raw } = await readSae(`${folder}/out`);
    assertEquals(raw.inputNormalization.kind, "none");
    assertEquals(raw.parameters.encoder[0], 2 * sae.parameters.encoder[0]);
  }));

Deno.test("convert rejects formats that cannot record the normalisation of rows", () =>
  inFolder(async (folder) => {
    const layerNorm = { kind: "layerNorm", epsilon: 1e-5 } as const;
    const files = saveSae(someSae({ kind: "relu" }, { inputNormalization: layerNorm }), "saelens");
    await Deno.mkdir(`${folder}/in`);
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/in/${name}`, bytes);
    }
    const cases: [string[], string][] = [
      [["--to", "gemma_scope"], '("layerNorm"), which gemma_scope cannot express'],
      [["--to", "saelens", "--input-scale", "2"], "Cannot use --input-scale: rows are normalised"],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await runHere(["convert", `${folder}/in`, `${folder}/out`, ...args]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, message);
    }
    assertEquals(names(folder), ["in"]);
  }));

Deno.test("convert --threshold writes batchtopk as jumprelu", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "batchtopk", k: 3 }));
    const args = ["convert", sae, `${folder}/out`, "--to", "gemma_scope"];
    assertEquals((await runHere(args)).code, 2);
    assertEquals((await runHere([...args, "--threshold", "0.25"])).code, 0);
    const { activation } = (await readSae(`${folder}/out/params.npz`)).sae;
    assertEquals(activation, { kind: "jumprelu", threshold: new Float32Array(24).fill(0.25) });
  }));

Deno.test("convert follows the options for dtype, hook names and norms, and reports what it rounded", () =>
  inFolder(async (folder) => {
    const from = `${INTEROP}saelens_jumprelu_bf16`;
    const to = (name: string, ...more: string[]) =>
      runHere(["convert", from, `${folder}/${name}`, "--to", "saelens", ...more]);
    // Its biases are F32, all else is BF16.
    const same = await to("same", "--dtype", "bf16", "--no-decoder-norms");
    assertMatch(same.stdout, /weights changed, encoderBias: 64 of 64, .*; decoderBias: 16 of 16/);
    const full = await to("full", "--no-decoder-norms");
    assertStringIncludes(full.stdout, "the same, bit for bit");
    assertMatch((await to("folded")).stdout, /weights changed, encoder: \d+ of 1024, by at most/);
    const { sae } = await readSae(`${folder}/same`);
    assertEquals(sae.source.dtype, "BF16");
    const { metadata } = sae.source.config as { metadata: Record<string, unknown> };
    assertEquals(typeof metadata.hook_name, "string");
    const native = await runHere(["convert", from, `${folder}/native`, "--to", "native"]);
    assertEquals(native.stderr.includes("Note: "), false, native.stderr);
    assertEquals((await readSae(`${folder}/native`)).sae.hookName, metadata.hook_name);
  }));

Deno.test("convert replaces only the files of an autoencoder, and only with --force", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const file = `${folder}/there.safetensors`, other = `${folder}/other`;
    await Deno.writeTextFile(file, "precious");
    await Deno.mkdir(other);
    const run = (out: string, ...more: string[]) => runHere(["convert", sae, out, ...more]);
    const native = ["--to", "native"], saelens = ["--to", "saelens"];

    const refused = await run(file, ...native);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "it exists already; --force replaces it");
    assertEquals(await Deno.readTextFile(file), "precious");
    assertEquals((await run(file, ...native, "--force")).code, 0);
    assertEquals((await readSae(file)).sae.parameters.latentCount, 24);

    assertEquals((await run(other, ...saelens)).code, 0, "an empty folder is no obstacle");
    assertStringIncludes((await run(other, ...saelens)).stderr, "it holds ");
    // Of another format: the files of the old one must not stay.
    assertEquals((await run(other, "--to", "gemma_scope", "--force")).code, 0);
    assertEquals(names(other), ["params.npz"]);
    await Deno.writeTextFile(`${other}/thesis.tex`, "precious");
    const kept = await run(other, ...saelens, "--force");
    assertEquals(kept.code, 1);
    assertStringIncludes(kept.stderr, "it holds thesis.tex, which is not a file of an autoencoder");
    assertEquals(names(other), ["params.npz", "thesis.tex"]);

    const device = await run("/dev/null", ...native, "--force");
    assertEquals(device.code, 1);
    assertStringIncludes(device.stderr, "Cannot write /dev/null: it exists and is not a folder");
    assertEquals(names(folder), ["other", "sae.safetensors", "there.safetensors"]);
  }));

Deno.test("convert leaves nothing behind when the disk is full or the folder is closed", {
  ignore: Deno.build.os === "windows",
}, () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    for (const [out, to] of [["out", "saelens"], ["out.safetensors", "native"]]) {
      // A file may have 1,024 bytes, then writing fails as on a full disk.
      const { code, stderr } = await runCli(["convert", sae, `${folder}/${out}`, "--to", to], {
        fileBlocks: 1,
      });
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /^Cannot write .*out.*: File too large/);
      assertEquals(names(folder), ["sae.safetensors"]);
    }
    const closed = await runCli(["convert", sae, `${folder}/out`, "--to", "saelens"], {
      denied: folder,
    });
    assertEquals(closed.code, 1);
    assertStringIncludes(closed.stderr, `Cannot write ${folder}/out: `);
    assertEquals(names(folder), ["sae.safetensors"]);
  }));

Deno.test("convert reports what is wrong with its input", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    await Deno.mkdir(`${folder}/cut`);
    await Deno.mkdir(`${folder}/empty`);
    const { "sae.safetensors": whole } = saveSae(someSae(jumprelu), "native");
    await Deno.writeFile(`${folder}/cut/sae.safetensors`, whole.subarray(0, 1000));
    const bad: Sae = someSae(jumprelu);
    const nan = { shape: [24, 20], data: bad.parameters.encoder.slice().fill(NaN, 7, 8) };
    const b = { shape: [24], data: bad.parameters.encoderBias };
    const c = { shape: [20], data: bad.parameters.decoderBias };
    const tensors = { encoder: nan, decoder: nan, encoderBias: b, decoderBias: c };
    const metadata = {
      ...{ format: "matryoshka-sae", version: "1", activation: '{"kind":"relu"}' },
      ...{ subtractDecoderBias: "false", prefixes: "[24]", inputScale: "1" },
    };
    await Deno.writeFile(`${folder}/nan.safetensors`, encodeSafetensors(tensors, metadata));
    await Deno.writeFile(`${folder}/mean.npy`, encodeNpy(new Float32Array(8), [8], "F32"));
    const cases: [string[], number, string][] = [
      [[`${folder}/none`], 1, `Cannot open ${folder}/none: no such file`],
      [
        [`${folder}/empty`],
        1,
        "none of its files is a safetensors file or a zip (.pt, .npz): there are none",
      ],
      [[`${folder}/cut`], 1, "cut/sae.safetensors: "],
      [[`${folder}/nan.safetensors`], 1, "element 7 of encoder is NaN"],
      [[sae, "--from", "saelens"], 1, "cfg.json must be beside"],
      [[sae, "--from", "openai"], 1, "files of openai are torch but it is safetensors"],
      [[sae, "--from", "onnx"], 2, 'Cannot use --from "onnx"'],
      [[sae, "--to", "openai"], 2, "this format can only be read; native, saelens, sparsify"],
      [[sae, "--dtype", "f64"], 2, "native files are F16, BF16, F32 or int8 but dtype is F64"],
      [[sae, "--to", "gemma_scope", "--dtype", "bf16"], 2, "must be F16, F32 or F64 but is BF16"],
      [[sae, "--threshold", "1"], 2, "the activation must be batchtopk but is jumprelu"],
      [[sae, "--mean", `${folder}/mean.npy`], 2, "mean has 8 values but inputSize is 20"],
      [[sae, "--mean", sae], 1, "it does not begin with \\x93NUMPY"],
      [[sae, "--input-scale", "0"], 2, "scale must be positive but is 0"],
    ];
    const before = names(folder);
    for (const [[from, ...more], wanted, message] of cases) {
      const { code, stdout, stderr } = await runHere(
        ["convert", from, `${folder}/out`, "--to", "native", ...more],
      );
      assertEquals([code, stdout], [wanted, ""], stderr);
      assertStringIncludes(stderr, message);
    }
    const file = await runHere(["convert", sae, `${folder}/a.safetensors`, "--to", "saelens"]);
    assertEquals(file.code, 2);
    assertStringIncludes(file.stderr, "the output of --to saelens is a folder, of two files");
    assertEquals(names(folder), before);
    assert((await loadSae(await Deno.readFile(sae))).parameters.latentCount === 24);
  }));
