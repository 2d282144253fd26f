/** The checkpoints in a run's folder: which are kept, replaced, set aside or cleared. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder, names, runCli } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { checkpointsOf, finished, outcomeOf, shortRun, temporaries } from "./training_runs.ts";

Deno.test("train --keep keeps the newest checkpoints, and --resume falls back from a corrupt one to the previous one", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const kept = checkpointsOf(out);
    assertEquals(kept, [12, 18, 20].map((step) => `step-000000${step}.safetensors`));
    const newer = kept[2];
    const before = await outcomeOf(out);
    const path = `${out}/checkpoints/${newer}`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 9] ^= 1;
    await Deno.writeFile(path, bytes);
    const { stderr } = await finished([...args, "--resume", "--keep", "1"]);
    assertStringIncludes(stderr, `Cannot read the checkpoint ${path}: the file has changed since`);
    assertStringIncludes(stderr, "Resuming after step 18");
    assertEquals(checkpointsOf(out), [newer, `${newer}.broken`]);
    const { resumedAfter, ...after } = await outcomeOf(out);
    assertEquals([after.sae, after.history, resumedAfter], [before.sae, before.history, [18]]);
    for (const name of checkpointsOf(out)) {
      await Deno.writeTextFile(`${out}/checkpoints/${name}`, "{}");
    }
    const refused = await runCli([...args, "--resume"]);
    assertEquals(refused.code, 1);
    assertStringIncludes(
      refused.stderr,
      `Cannot resume the run in ${out}: none of its checkpoints`,
    );
    // They stay: a later version of the package may be able to read them.
    assertEquals(checkpointsOf(out), [newer, `${newer}.broken`]);
  }));

Deno.test("only a checkpoint inside --out continues the run there, and nothing is cleared before all options are accepted", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const before = names(`${out}/checkpoints`);
    const elsewhere = `${out}/checkpoints-of-before`;
    await Deno.mkdir(elsewhere);
    const path = `${elsewhere}/step-00000012.safetensors`;
    await Deno.copyFile(`${out}/checkpoints/step-00000012.safetensors`, path);
    const refused = await runHere([...args, "--resume", path]);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, `Cannot write a run to ${out}: it holds sae.safetensors`);
    for (const more of [["--latents", "30"], ["--shuffle-rows", "7"]]) {
      const { code } = await runHere([...args, "--resume", path, "--force", ...more]);
      assertEquals(code, 1);
      assertEquals(names(`${out}/checkpoints`), before, `${more}`);
      const fresh = [...args, "--resume", path, "--out", `${folder}/fresh`, ...more];
      assertEquals((await runHere(fresh)).code, 1);
      assertEquals(names(folder), ["a.npy", "run"]);
    }
  }));

Deno.test("train starts over in a folder with checkpoints only with --force, which removes them", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    for (const name of ["run.json", "sae.safetensors"]) await Deno.remove(`${out}/${name}`);
    await Deno.writeTextFile(`${out}/checkpoints/step-00000018.safetensors.01234567.tmp`, "half");
    const refused = await runCli(args);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, `Cannot write a run to ${out}: it holds checkpoints`);
    assertEquals(temporaries(out), []);
    await finished([...args, "--force", "--steps", "7"]);
    assertEquals(checkpointsOf(out), ["step-00000006.safetensors", "step-00000007.safetensors"]);
    const { stderr, code } = await runCli([...args, "--resume", `${folder}/nowhere`]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      `Cannot resume the run in ${folder}/nowhere: it holds no checkpoint; --checkpoint-every saves them`,
    );
  }));
