/** What happens to a good run, and to its checkpoints, when another one was to replace or extend it. */

import { assertEquals } from "@std/assert";
import {
  holdsGoodRun,
  openFailedFolder,
  setCheckpointsAside,
} from "../../cli/files/replaced_run.ts";
import { inFolder, names } from "./run_cli.ts";

const checkpoint = (step: number) => `step-${`${step}`.padStart(8, "0")}.safetensors`;

/** Writes the files of a run: only their names and the record count here. */
async function writeRun(path: string, steps: number[], record: object = {}): Promise<void> {
  await Deno.mkdir(`${path}/checkpoints`, { recursive: true });
  await Deno.writeTextFile(`${path}/sae.safetensors`, "weights");
  await Deno.writeTextFile(`${path}/run.json`, JSON.stringify(record));
  for (const step of steps) await Deno.writeTextFile(`${path}/checkpoints/${checkpoint(step)}`, "");
}

Deno.test("an extension that fails takes only its own checkpoints along", () =>
  inFolder(async (folder) => {
    await writeRun(`${folder}/run`, [10, 20, 30, 40]);
    await openFailedFolder(`${folder}/run`, 20);
    assertEquals(names(`${folder}/run/checkpoints`), [checkpoint(10), checkpoint(20)]);
    assertEquals(names(`${folder}/run-failed/checkpoints`), [checkpoint(30), checkpoint(40)]);
  }));

Deno.test("a failed run that was to replace a good one gives the good one its checkpoints back", () =>
  inFolder(async (folder) => {
    await writeRun(`${folder}/run`, [20]);
    await setCheckpointsAside(`${folder}/run`);
    await writeRun(`${folder}/run`, [5]);
    await openFailedFolder(`${folder}/run`);
    assertEquals(names(`${folder}/run/checkpoints`), [checkpoint(20)]);
    assertEquals(names(`${folder}/run-failed/checkpoints`), [checkpoint(5)]);
  }));

Deno.test("a folder that holds anything but a failed run is not used for one", () =>
  inFolder(async (folder) => {
    await writeRun(`${folder}/run`, [20]);
    await Deno.mkdir(`${folder}/run-failed/checkpoints`, { recursive: true });
    await Deno.writeTextFile(`${folder}/run-failed/checkpoints/${checkpoint(7)}`, "");
    await writeRun(`${folder}/run-failed-2`, [3], { failed: true });
    assertEquals((await openFailedFolder(`${folder}/run`)).path, `${folder}/run-failed-2`);
    assertEquals(names(`${folder}/run-failed/checkpoints`), [checkpoint(7)]);
  }));

Deno.test("an interrupted run is a good one to others, also while its checkpoints are set aside", () =>
  inFolder(async (folder) => {
    await writeRun(`${folder}/run`, [20], { stoppedEarly: "interrupted" });
    assertEquals(await holdsGoodRun(`${folder}/run`, false), true);
    assertEquals(await holdsGoodRun(`${folder}/run`, true), false);
    await setCheckpointsAside(`${folder}/run`);
    assertEquals(await holdsGoodRun(`${folder}/run`, true), true);
  }));
