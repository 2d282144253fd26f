/** Runs the command line in this process, where a test needs it often. */
import { main } from "../../cli/main.ts";
import type { CliResult } from "./run_cli.ts";

/** Runs to the end; what is printed is caught. */
export async function runHere(args: readonly string[]): Promise<CliResult> {
  const { log, error } = console;
  const printed = { stdout: "", stderr: "" };
  console.log = (text: unknown) => printed.stdout += `${text}\n`;
  console.error = (text: unknown) => printed.stderr += `${text}\n`;
  try {
    return { code: await main(args), ...printed };
  } finally {
    Object.assign(console, { log, error });
  }
}
