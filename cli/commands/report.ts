/**
 * `report`: writes the report of a training run from the files in its folder.
 *
 * @module
 */
import type { Command } from "commander";
import { EXIT } from "../terminal/failure.ts";
import { writeRunReport } from "../report/write_report.ts";

const EXAMPLES = `
Examples:
  deno task report runs/layer2      writes runs/layer2/report.html again`;

/** Adds the command; `finish` receives its exit code. */
export function addReport(program: Command, finish: (code: number) => void): void {
  program.command("report")
    .description("Write report.html of a training run from the files in its folder")
    .argument("<folder>", "the folder of the run, its --out")
    .addHelpText("after", EXAMPLES)
    .action(async (folder: string) => {
      console.error(`Wrote ${await writeRunReport(folder)}`);
      finish(EXIT.done);
    });
}
