#!/usr/bin/env -S deno run -R -W -E
/**
 * The command line: `demo`, `train`, `sweep`, `report`, `compare`, `eval`, `inspect`, `explore`,
 * `convert`, `calibrate`, `encode` and `completions`.
 *
 * @example
 * ```sh
 * deno task train --data activations.safetensors --latents 4096 --prefixes 10 --steps 20000 \
 *   --target-l0 32 --out runs/first
 * deno task eval runs/first activations.safetensors
 * ```
 *
 * @module
 */
import process from "node:process";
import { Command, CommanderError } from "commander";
import { addCalibrate } from "./commands/calibrate.ts";
import { addCompare } from "./commands/compare.ts";
import { addCompletions } from "./commands/completions.ts";
import { addConvert } from "./commands/convert.ts";
import { addDemo } from "./commands/demo.ts";
import { addEncode } from "./commands/encode.ts";
import { addEval } from "./commands/eval.ts";
import { addExplore } from "./commands/explore.ts";
import { addInspect } from "./commands/inspect.ts";
import { overRanks } from "./ranks/connection.ts";
import { describeError, EXIT, UsageError } from "./terminal/failure.ts";
import { runProcess } from "./terminal/process.ts";
import { addReport } from "./commands/report.ts";
import { addSweep } from "./commands/sweep.ts";
import { addTrain } from "./commands/train.ts";
import { enterUsersFolder } from "./terminal/working_folder.ts";
import { VERSION } from "./version.ts";

/** How a user of this copy calls the program: examples in the help begin with it. */
const CALL = import.meta.url.includes("/node_modules/") ? "npx matryoshka-sae " : "deno task ";

/**
 * Runs the command line, and returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 *
 * @param args the arguments, without the program's own name.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  let parsed = false;
  const withRanks = isOverRanks(args);
  const finish = (result: number) => {
    code = result;
  };
  const program = new Command("matryoshka-sae")
    .description("Train, evaluate, inspect and convert Matryoshka sparse autoencoders")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text.replaceAll("deno task ", CALL)),
      outputError: (text, write) => withRanks || write(fromCommander(text)),
    })
    .hook("preAction", () => {
      parsed = true;
    });
  addDemo(program, finish);
  addTrain(program, finish);
  addSweep(program, finish);
  addEval(program, finish);
  addReport(program, finish);
  addCompare(program, finish);
  addInspect(program, finish);
  addExplore(program, finish);
  addConvert(program, finish);
  addCalibrate(program, finish);
  addEncode(program, finish);
  addCompletions(program, finish);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    // Help and version come as errors with exit code 0.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    if (!withRanks || parsed) return failed(error);
    // The same mistake on every rank is printed once.
    const refusal = error instanceof CommanderError
      ? new UsageError(fromCommander(error.message))
      : error;
    if (!(refusal instanceof UsageError)) return failed(error);
    return await overRanks(true, () => Promise.resolve(EXIT.usage), refusal).catch(failed);
  }
}

/** Returns whether the arguments ask for a command over MPI, as far as arguments that cannot be read tell. */
const isOverRanks = ([command, ...options]: readonly string[]): boolean =>
  ["train", "eval", "encode"].includes(command) && options.includes("--mpi");

const fromCommander = (text: string): string =>
  text.replace(/^error: /, "Cannot read the command line: ");

/** Prints an error, and returns the exit code. */
function failed(error: unknown): number {
  // Commander has printed its own.
  if (error instanceof CommanderError) return EXIT.usage;
  console.error(describeError(error));
  if (!(error instanceof UsageError)) return EXIT.failed;
  console.error("--help shows the options and examples.");
  return EXIT.usage;
}

if (import.meta.main) {
  enterUsersFolder();
  await runProcess(main);
}
