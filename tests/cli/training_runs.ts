/** Training runs for tests, and what they leave in their folders. */
import { assertEquals } from "@std/assert";
import type { StepMetrics } from "../../mod.ts";
import { type CliResult, names, runCli, spawnCli, trainArgs, writeNpy } from "./run_cli.ts";

/** Reads a JSON file. */
export const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(path));

/** The part of a run's result that a resumed run must repeat, and where the run was resumed. */
export interface Outcome {
  readonly sae: Uint8Array;
  readonly history: StepMetrics[];
  readonly resumedAfter?: number[];
}

/** Reads the result of a run from its folder. */
export async function outcomeOf(out: string): Promise<Outcome> {
  const { history, resumedAfter } = await readJson(`${out}/run.json`);
  return { sae: await Deno.readFile(`${out}/sae.safetensors`), history, resumedAfter };
}

/** Runs the command line, which must succeed. */
export async function finished(args: string[]): Promise<CliResult> {
  const result = await runCli(args);
  assertEquals(result.code, 0, result.stderr);
  return result;
}

/** Lists the files in a run's folder of checkpoints. */
export const checkpointsOf = (out: string): string[] => {
  try {
    return names(`${out}/checkpoints`);
  } catch {
    return [];
  }
};

/** Lists half-written files of a run. */
export const temporaries = (out: string): string[] =>
  [...checkpointsOf(out), ...names(out)].filter((name) => name.endsWith(".tmp"));

/** Trains 20 steps with checkpoints after 6, 12, 18 and 20, of which three are kept. */
export async function shortRun(folder: string, ...more: string[]): Promise<[string[], string]> {
  const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
  const out = `${folder}/run`;
  const often = ["--steps", "20", "--checkpoint-every", "6", "--keep", "3"];
  const args = trainArgs(data, out, ...often, ...more);
  await finished(args);
  return [args, out];
}

/** Starts a run, sends the signal after its first step, and waits for the end. */
export async function stopAfterFirstStep(
  args: string[],
  signal: "SIGINT" | "SIGTERM",
): Promise<{ code: number; stderr: string }> {
  const child = spawnCli(args);
  const stdout = child.stdout.cancel();
  let stderr = "";
  let sent = false;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (sent || !stderr.includes("step ")) continue;
    sent = true;
    child.kill(signal);
  }
  await stdout;
  return { code: (await child.status).code, stderr };
}
