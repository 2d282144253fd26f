import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { encodeSafetensors, loadSae } from "../../mod.ts";
import { readSae } from "../../cli/files/sae_files.ts";
import { interopExpected } from "../io/formats/golden_files.ts";
import { inFolder, names, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, jumprelu, someSae, writeSae } from "./sae_samples.ts";

const REFERENCE = ["--backend", "reference"];

async function json(args: string[]) {
  const { code, stdout, stderr } = await runHere([...args, "--json", ...REFERENCE]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("calibrate writes the jumprelu whose L0 on the rows is k, or --target-l0", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 800, 1);
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "batchtopk", k: 3 }));
    const out = `${folder}/out.safetensors`;
    const args = ["calibrate", sae, "--data", data, "--out", out];
    const text = await runHere([...args, "--rows", ":700", "--batch", "64", ...REFERENCE]);
    assertEquals(text.code, 0, text.stderr);
    assertStringIncludes(text.stdout, "(batchtopk, k 3) on 700 rows");
    assertEquals(text.stderr.includes("selects within each batch"), false);
    const { activation, trainedActivation, source: _, ...rest } = await loadSae(
      await Deno.readFile(out),
    );
    assert(activation.kind === "jumprelu" && new Set(activation.threshold).size === 1);
    assertEquals(trainedActivation, { kind: "batchtopk", k: 3 });
    const { source: __, activation: ___, ...before } = (await readSae(sae)).sae;
    assertEquals(rest, before);
    const evaluated = await json(["eval", out, data, "--rows", ":700"]);
    assertLess(Math.abs(evaluated.l0 / 3 - 1), 0.005);
    // On from the result, in place.
    const again = ["calibrate", out, "--data", data, "--out", out, "--force"];
    const { threshold, l0, targetL0 } = await json([...again, "--target-l0", "5"]);
    assertLess(Math.abs(l0 / 5 - 1), 0.005);
    assertLess(threshold, activation.threshold[0]);
    assertEquals(targetL0, 5);
    assertEquals((await json(["eval", out, data])).l0, l0);
  }));

Deno.test("calibrate takes another library's file that has a threshold already", () =>
  inFolder(async (folder) => {
    const name = "dictionary_learning_batch_top_k";
    const { x, rows, inputSize } = await interopExpected(name);
    const tensors = { x: { shape: [rows, inputSize], data: Float32Array.from(x) } };
    const data = `${folder}/x.safetensors`;
    await Deno.writeFile(data, encodeSafetensors(tensors));
    const out = `${folder}/out.safetensors`;
    const sae = INTEROP + name;
    const found = await json(["calibrate", sae, "--data", data, "--out", out]);
    assertEquals(found.trainedActivation, { kind: "batchtopk", k: 6 });
    const { l0, inference } = await json(["eval", out, data]);
    assertEquals([found.l0, l0], [6, 6]);
    assertEquals(inference.stored.l0Gap, 0);
  }));

Deno.test("calibrate rejects bad input, and leaves no file behind", () =>
  inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 20, 1);
    const good = await writeSae(`${folder}/good.safetensors`, someSae({ kind: "topk", k: 3 }));
    const jump = await writeSae(`${folder}/jump.safetensors`, someSae(jumprelu));
    const out = ["--data", data, "--out", `${folder}/out.safetensors`];
    const before = names(folder);
    const cases: [string[], number, string][] = [
      [[jump, ...out], 2, "its activation must be topk or batchtopk but is jumprelu"],
      [[good, ...out, "--target-l0", "25"], 2, "must be above 0 and at most 24"],
      [[good, ...out, "--target-l0", "0"], 2, "must be above 0 and at most 24"],
      [[good, ...out, "--target-l0", "23.9"], 1, "latents per row have a positive activation"],
      [[good, "--data", data, "--out", `${folder}/out`], 2, "must end with .safetensors"],
      [[good, "--data", data, "--out", jump], 1, "--force replaces it"],
      [[good, ...out, "--rows", ":30"], 2, "the data has 20 rows"],
      [[good, "--out", `${folder}/out.safetensors`], 2, "--data"],
    ];
    for (const [args, code, message] of cases) {
      const result = await runHere(["calibrate", ...args, ...REFERENCE]);
      assertEquals([result.code, result.stdout], [code, ""]);
      if (message !== "--data") assertStringIncludes(result.stderr, message);
    }
    assertEquals(names(folder), before);
  }));
