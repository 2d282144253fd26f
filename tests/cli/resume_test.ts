/** What `train --resume` accepts, and what it rejects. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readCheckpoint } from "../../mod.ts";
import { openFile } from "../../src/io/sources/files.ts";
import { resealed } from "../training/resealed.ts";
import { inFolder, runCli, trainArgs, writeNpy, writeSafetensors } from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { checkpointsOf, finished, outcomeOf, shortRun } from "./training_runs.ts";

Deno.test("train --resume takes a file or a folder, and writes to --out", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const before = await outcomeOf(out);
    const other = `${folder}/other`;
    for (const source of [out, `${out}/checkpoints/step-00000012.safetensors`]) {
      await finished([...args, "--out", other, "--force", "--resume", source]);
      const { resumedAfter: _, ...after } = await outcomeOf(other);
      assertEquals(after, { sae: before.sae, history: before.history }, source);
    }
    assertEquals(checkpointsOf(out).length, 3);
  }));

Deno.test("train --resume continues bit for bit on float16 files, whose batches stay float16", () =>
  inFolder(async (folder) => {
    const data = [
      await writeSafetensors(`${folder}/a.safetensors`, 200, 1),
      await writeSafetensors(`${folder}/b.safetensors`, 150, 2),
    ];
    const out = `${folder}/run`, other = `${folder}/other`;
    const args = trainArgs(
      data,
      out,
      "--steps",
      "20",
      "--checkpoint-every",
      "6",
      "--keep",
      "3",
      "--backend",
      "wasm",
    );
    await finished(args);
    const path = `${out}/checkpoints/step-00000012.safetensors`;
    {
      await using file = await openFile(path);
      const { trainer, shuffle } = await readCheckpoint(file);
      assertEquals([trainer.step, shuffle!.options.dtype], [12, "F16"]);
    }
    await finished([...args, "--out", other, "--resume", path]);
    const { resumedAfter, ...after } = await outcomeOf(other);
    const { sae, history } = await outcomeOf(out);
    assertEquals([after, resumedAfter], [{ sae, history }, [12]]);
    // The same rows in a float32 file count as different data.
    const floats = await writeNpy(`${folder}/c.npy`, 200, 1);
    const { code, stderr } = await runCli(
      [...args, "--data", floats, data[1], "--out", other, "--force", "--resume", path],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, "dtype of --data is F32 but F16 in the run");
  }));

Deno.test("train --resume rejects a checkpoint whose record is not the record of a run", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const path = `${out}/checkpoints/step-00000020.safetensors`;
    const bytes = await Deno.readFile(path);
    const spoil = [
      (record: Record<string, unknown>) => record.history = [null],
      (record: Record<string, unknown>) => record.history = [{ step: 1, loss: 1, l0: 1 }],
      (record: Record<string, unknown>) => record.resumedAfter = ["x"],
      (record: Record<string, unknown>) => delete record.seconds,
      (record: Record<string, unknown>) => record.hook = 8,
    ];
    for (const change of spoil) {
      const changed = resealed(bytes, ({ __metadata__: metadata }) => {
        const record = JSON.parse(metadata!.record);
        change(record);
        metadata!.record = JSON.stringify(record);
      });
      await Deno.writeFile(path, changed);
      const { code, stderr } = await runHere([...args, "--resume"]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, `Cannot resume ${path}: its record is not the record of a run`);
    }
  }));

Deno.test("train --resume names the option, the rows or the file that has changed", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const other = await writeNpy(`${folder}/b.npy`, 300, 2);
    const before = checkpointsOf(out);
    const cases: [string[], string][] = [
      [["--learning-rate", "0.02"], "--learning-rate is 0.02 but 0.01 in the run"],
      [["--latents", "30"], "--latents is 30 but 24 in the run"],
      [["--penalty", "l1"], "--penalty is l1 but log in the run\n"],
      [["--prefixes", "6,24"], "--prefixes is 6,24 but 4 in the run\n"],
      [["--steps", "19"], "--steps is 19 but 20 in the run (more steps extend a run, it cannot"],
      [["--preset", "authorCode"], "--input-scaling is uncorrected but corrected in the run"],
      [["--batch", "32"], "--batch is 32 but 64 in the run"],
      [["--shuffle-rows", "100"], "--shuffle-rows is 100 but 300 in the run"],
      [["--rows", "1:"], "--rows is 1:300 but 0:300 in the run\n"],
      [["--data", other], "file 2 of --data is 300 rows, F32, 24128 bytes, checksum "],
    ];
    for (const [more, message] of cases) {
      const { code, stderr } = await runHere([...args, ...more, "--resume"]);
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, message);
    }
    await Deno.copyFile(other, `${folder}/a.npy`);
    const { code, stderr } = await runHere([...args, "--resume"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "file 1 of --data is 300 rows, F32, 24128 bytes, checksum ");
    assertEquals(checkpointsOf(out), before);
  }));
