/**
 * Decides where the result of a run goes if its folder holds another run, and keeps the checkpoints of that one until
 * it is replaced.
 *
 * @module
 */
import { lstat, readFile, rename, rm } from "node:fs/promises";
import { moveCheckpoints } from "./checkpoint_folder.ts";
import { RUN_FILES, RunFolder } from "./run_folder.ts";

/** Where the checkpoints of a run wait while another one, which may replace it, is trained. */
const SET_ASIDE = `${RUN_FILES.checkpoints}.replaced`;

/**
 * Returns whether a folder holds an autoencoder that a failed run should not replace: its own run has not failed, and
 * is not a part of the present one, which `continues` it. While checkpoints are set aside, the autoencoder is that of
 * the run that they belong to.
 */
export async function holdsGoodRun(path: string, continues = false): Promise<boolean> {
  if (!await exists(`${path}/${RUN_FILES.sae}`)) return false;
  try {
    const text = await readFile(`${path}/${RUN_FILES.record}`, "utf8");
    const { failed, stoppedEarly } = JSON.parse(text);
    const isPart = continues && stoppedEarly !== undefined && !await exists(`${path}/${SET_ASIDE}`);
    return failed !== true && !isPart;
  } catch {
    // Without a readable record the autoencoder is as good as any.
    return true;
  }
}

/**
 * Sets the checkpoints of the run in a folder aside, so that those of the next run do not mix with them. Some may wait
 * there already, if a run that was to replace the same one was killed: then the present ones are that run's.
 */
export async function setCheckpointsAside(path: string): Promise<void> {
  if (await exists(`${path}/${SET_ASIDE}`)) {
    await rm(`${path}/${RUN_FILES.checkpoints}`, { recursive: true, force: true });
  } else if (await exists(`${path}/${RUN_FILES.checkpoints}`)) {
    await rename(`${path}/${RUN_FILES.checkpoints}`, `${path}/${SET_ASIDE}`);
  }
}

/** Puts the checkpoints back that were set aside, if no others have taken their place. */
export async function putCheckpointsBack(path: string): Promise<void> {
  const [aside, place] = [SET_ASIDE, RUN_FILES.checkpoints].map((name) => `${path}/${name}`);
  if (await exists(aside) && !await exists(place)) await rename(aside, place);
}

/** Removes the checkpoints of a run that has been replaced. */
export async function forgetReplaced(path: string): Promise<void> {
  await rm(`${path}/${SET_ASIDE}`, { recursive: true, force: true });
}

/**
 * Opens a folder beside that of a good run, named after it, for the result of a run that has failed. The checkpoints of
 * the failed run move there, and those of the good one back to their place. An earlier failed run is replaced.
 *
 * @param startedAfter The step of the checkpoint that the failed run continued from, if it did: that one and earlier
 * ones are of the good run.
 */
export async function openFailedFolder(path: string, startedAfter?: number): Promise<RunFolder> {
  const place = path.replace(/[/\\]+$/, "");
  let beside = `${place}-failed`;
  for (let n = 2; !await isFreeOrFailed(beside); n++) beside = `${place}-failed-${n}`;
  const folder = await RunFolder.open(beside, true);
  const [failed, good] = [beside, place].map((each) => `${each}/${RUN_FILES.checkpoints}`);
  await rm(failed, { recursive: true, force: true });
  if (startedAfter !== undefined && !await exists(`${place}/${SET_ASIDE}`)) {
    await moveCheckpoints(good, failed, startedAfter);
  } else if (await exists(good)) await rename(good, failed);
  await putCheckpointsBack(place);
  return folder;
}

/** Returns whether nothing is at a path, or a run that has failed. */
async function isFreeOrFailed(path: string): Promise<boolean> {
  if (!await exists(path)) return true;
  try {
    return JSON.parse(await readFile(`${path}/${RUN_FILES.record}`, "utf8")).failed === true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false);
}
