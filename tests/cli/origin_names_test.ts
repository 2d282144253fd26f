/** `--model` and `--hook` from `train` over `inspect` to exports. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readSae } from "../../cli/files/sae_files.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { someSae, writeSae } from "./sae_samples.ts";
import { readJson } from "./training_runs.ts";

async function succeeds(args: string[]): Promise<{ stdout: string; stderr: string }> {
  const result = await runHere(args);
  assertEquals(result.code, 0, result.stderr);
  return result;
}

Deno.test("train --model and --hook are noted in the file and the record, shown by inspect and kept by convert", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const names = ["--model", "gpt2-small", "--hook", "blocks.8.hook_resid_pre"];
    const run = `${folder}/run`;
    await succeeds(trainArgs(data, run, "--steps", "2", "--no-report", ...names));
    const { options } = await readJson(`${run}/run.json`);
    assertEquals([options.model, options.hook], ["gpt2-small", "blocks.8.hook_resid_pre"]);
    const { stdout } = await succeeds(["inspect", run]);
    assertMatch(stdout, /^model +gpt2-small\nhook +blocks\.8\.hook_resid_pre$/m);
    const to = (place: string) => ["convert", run, `${folder}/${place}`];
    await succeeds([...to("saelens"), "--to", "saelens"]);
    const { metadata } = await readJson(`${folder}/saelens/cfg.json`);
    assertEquals(metadata.model_name, "gpt2-small");
    assertEquals(metadata.hook_name, "blocks.8.hook_resid_pre");
    const { stderr } = await succeeds([...to("a.npz"), "--to", "gemma_scope"]);
    assertStringIncludes(stderr, "Note: gemma_scope cannot record the model gpt2-small");
    assertStringIncludes(stderr, "cannot record the hook blocks.8.hook_resid_pre");
    await succeeds([
      "convert",
      `${folder}/saelens`,
      `${folder}/back.safetensors`,
      "--to",
      "native",
    ]);
    const { modelName, hookName } = (await readSae(`${folder}/back.safetensors`)).sae;
    assertEquals([modelName, hookName], ["gpt2-small", "blocks.8.hook_resid_pre"]);
  }));

Deno.test("convert --model and --hook replace the names of the file", () =>
  inFolder(async (folder) => {
    const names = { modelName: "gpt2-small", hookName: "blocks.8" };
    const path = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "relu" }, names));
    const args = ["convert", path, `${folder}/new.safetensors`, "--to", "native"];
    await succeeds([...args, "--hook", "blocks.9"]);
    const { stdout } = await succeeds(["inspect", `${folder}/new.safetensors`, "--json"]);
    const { modelName, hookName } = JSON.parse(stdout);
    assertEquals([modelName, hookName], ["gpt2-small", "blocks.9"]);
    const unnamed = await writeSae(`${folder}/unnamed.safetensors`, someSae({ kind: "relu" }));
    assertMatch(
      (await succeeds(["inspect", unnamed])).stdout,
      /^model +not known\nhook +not known$/m,
    );
  }));
