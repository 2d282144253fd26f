import { assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { initialParameters, Random } from "../../mod.ts";
import { encodeNativeSae } from "../../src/io/native.ts";
import { inFolder, runCli, trainArgs, writeNpy, writeSafetensors } from "./run_cli.ts";

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

Deno.test("eval refuses files that do not fit, and prefixes that do not end at N", () =>
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
      [["--sae", data], 1, 'its format must be "matryoshka-sae" version 1 but is not given'],
      [["--sae", sae], 1, "its inputSize is 8 but the data's is 20"],
      [["--sae", `${folder}/none`], 1, `Cannot open ${folder}/none`],
    ];
    for (const [args, wanted, message] of cases) {
      const { code, stdout, stderr } = await runCli(["eval", "--data", data, ...args]);
      assertEquals([code, stdout], [wanted, ""], stderr);
      assertStringIncludes(stderr, message);
    }
  }));
