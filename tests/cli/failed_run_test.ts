/** Runs that miss their target, collapse or diverge: what train says, how it exits, and what stays in the folder. */
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { inFolder, names, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { checkpointsOf, readJson } from "./training_runs.ts";

async function hashOf(path: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(hash).toHex();
}

const DIVERGES = ["--learning-rate", "30"];

/** Makes a good run of 200 steps with checkpoints, and arguments that replace it with another one. */
async function goodRun(folder: string) {
  const data = [await writeNpy(`${folder}/a.npy`, 1000, 1)];
  const out = `${folder}/run`;
  const args = trainArgs(data, out, "--no-report", "--checkpoint-every", "90");
  const { code, stderr } = await runHere(args);
  assertEquals([code, stderr.includes("collapsed")], [0, false], stderr);
  const content = async () => ({
    sae: await hashOf(`${out}/sae.safetensors`),
    at: checkpointsOf(out),
  });
  return { out, again: [...args, "--force"], content };
}

Deno.test("a run that diverges is kept beside the good one that it was to replace", () =>
  inFolder(async (folder) => {
    const { out, again, content } = await goodRun(folder);
    const before = await content();
    for (const strict of [[], ["--strict"]]) {
      const { code, stderr } = await runHere([...again, ...DIVERGES, ...strict]);
      assertEquals(code, strict.length, stderr);
      assertMatch(
        stderr,
        /Warning: The run (diverged|collapsed): .*try --learning-rate 0\.003, the default\n/,
      );
      assertStringIncludes(stderr, `The run in ${out} stays: this one failed`);
      assertEquals([await content(), names(folder)], [before, ["a.npy", "run", "run-failed"]]);
      assertEquals(names(out), ["checkpoints", "run.json", "sae.safetensors"]);
      assertEquals(names(`${out}-failed`), names(out));
      const { failed, warnings } = await readJson(`${out}-failed/run.json`);
      assertEquals([failed, warnings[0].kind !== "missed target"], [true, true]);
      assertEquals(stderr.includes("has no FVU"), false);
    }
  }));

Deno.test("a failed run replaces a good one with --force-failed, and another failed one at any time", () =>
  inFolder(async (folder) => {
    const { again, content } = await goodRun(folder);
    const before = await content();
    assertEquals((await runHere([...again, ...DIVERGES, "--force-failed"])).code, 0);
    const first = await content();
    assertNotEquals(first.sae, before.sae);
    assertEquals((await runHere([...again, ...DIVERGES, "--seed", "5"])).code, 0);
    assertNotEquals((await content()).sae, first.sae);
    assertEquals(names(folder), ["a.npy", "run"]);
  }));

Deno.test("a loss that is not finite names the learning rate, exits with 1 and replaces nothing", () =>
  inFolder(async (folder) => {
    const { again, content } = await goodRun(folder);
    const before = await content();
    const { code, stderr } = await runHere([
      ...again,
      "--learning-rate",
      "1e30",
      "--backend",
      "wasm",
    ]);
    assertEquals([code, await content()], [1, before], stderr);
    assertMatch(stderr, /The run diverged: its loss or gradient became infinite or NaN.*1e\+30/);
  }));

Deno.test("a run that misses its target says so in run.json, fails with --strict, and replaces others", () =>
  inFolder(async (folder) => {
    const { out, again, content } = await goodRun(folder);
    const before = await content();
    const missing = ["--sparsity-rate", "0", "--dead-after", "300"];
    const { code, stdout, stderr } = await runHere([...again, ...missing, "--strict"]);
    assertEquals(code, 1);
    assertMatch(stderr, /Warning: L0 ended at [\d.]+, \d+ % above the target of 2 /);
    assertStringIncludes(
      stdout,
      "dead latents unknown (--dead-after is 300 steps, the run took 200)",
    );
    const { warnings, failed, options } = await readJson(`${out}/run.json`);
    assertEquals([warnings[0].kind, failed], ["missed target", undefined]);
    assertEquals([options.trainer.sparsityRate, options.trainer.deadAfter], [0, 300]);
    assertNotEquals((await content()).sae, before.sae);
    assertEquals(names(out), ["checkpoints", "run.json", "sae.safetensors"]);
  }));

Deno.test("train measures the prefixes on the last rows of training where none are held out", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 1000, 1)];
    const args = trainArgs(data, `${folder}/run`, "--steps", "20", "--rows", ":900", "--no-report");
    const { stdout } = await runHere(args);
    assertStringIncludes(stdout, "On the last 900 rows of those trained on (--eval-rows");
    assertMatch(stdout, /\nprefix +FVU .*\n.*\n3 .*\n6 .*\n12 .*\n24 /);
    const held = await runHere([...args, "--eval-rows", "900:", "--force"]);
    assertEquals(held.stdout.includes("On the last"), false);
  }));
