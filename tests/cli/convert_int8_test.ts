import { assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { readSae } from "../../cli/files/sae_files.ts";
import { inFolder, names } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { jumprelu, someSae, writeSae } from "./sae_samples.ts";

Deno.test("convert writes int8, a quarter of the bytes, and prints the error that it causes", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const to = (name: string, dtype: string) =>
      runHere([
        "convert",
        sae,
        `${folder}/${name}.safetensors`,
        "--to",
        "native",
        "--dtype",
        dtype,
      ]);
    const { code, stdout, stderr } = await to("int8", "int8");
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "(native, matryoshka, I8): ");
    const error = String.raw`(\d[\d.]*) % on average, at most (\d[\d.]*) %`;
    const line = new RegExp(
      `^Relative error of a latent's row: encoder ${error}; decoder ${error}$`,
      "m",
    );
    assertMatch(stdout, line);
    const { sae: before } = await readSae(sae);
    const { sae: after } = await readSae(`${folder}/int8.safetensors`);
    const { inputSize: d, latentCount: N } = before.parameters;
    for (const [name, mean, most] of [["encoder", 1, 2], ["decoder", 3, 4]] as const) {
      const errors = Array.from({ length: N }, (_, i) => {
        const [a, b] = [before, after].map(({ parameters }) => [
          ...parameters[name].subarray(i * d, (i + 1) * d),
        ]);
        return Math.hypot(...a.map((value, k) => value - b[k])) / Math.hypot(...a);
      });
      const printed = line.exec(stdout)!;
      const average = 100 * errors.reduce((sum, each) => sum + each) / N;
      // Three digits are printed.
      assertLess(Math.abs(Number(printed[mean]) - average), 0.005 * average);
      const largest = 100 * Math.max(...errors);
      assertLess(Math.abs(Number(printed[most]) - largest), 0.005 * largest);
    }
    await to("f16", "f16");
    await to("f32", "f32");
    const [int8, f16, f32] = ["int8", "f16", "f32"].map((name) => {
      const { size } = Deno.statSync(`${folder}/${name}.safetensors`);
      // All but the matrices: biases, thresholds, scales, norms and the header.
      return size - 2 * N * d * { int8: 1, f16: 2, f32: 4 }[name]!;
    });
    assertLess(Math.max(int8, f16, f32), 4 * 8 * N + 4 * d + 1000);
    const again = await runHere([
      ...["convert", `${folder}/int8.safetensors`, `${folder}/again.safetensors`],
      ...["--to", "native", "--dtype", "int8"],
    ]);
    assertStringIncludes(again.stderr, "Note: weights in I8 are written in int8 again");
    const refused = await runHere([
      "convert",
      sae,
      `${folder}/x`,
      "--to",
      "saelens",
      "--dtype",
      "int8",
    ]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "only native files can be int8 but format is saelens");
    assertEquals(names(folder).includes("x"), false);
  }));
