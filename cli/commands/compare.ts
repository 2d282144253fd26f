/**
 * `compare`: writes a page that compares finished training runs.
 *
 * @module
 */
import type { Command } from "commander";
import { checkOutputFile } from "../files/output_files.ts";
import { writeComparison } from "../report/write_report.ts";
import { EXIT } from "../terminal/failure.ts";
import { counted } from "../terminal/text.ts";

const EXAMPLES = `
Examples:
  deno task compare runs/*                        writes comparison.html
  deno task compare runs/sweep runs/layer2 --out page.html --force`;

interface CompareArguments {
  readonly out: string;
  readonly force: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addCompare(program: Command, finish: (code: number) => void): void {
  program.command("compare")
    .description("Write a page that compares finished runs: FVU over L0, dead latents, and a table")
    .argument("<folder...>", "the folders of runs, or of sweeps")
    .option("--out <file>", "the page", "comparison.html")
    .option("--force", "replace an existing page", false)
    .addHelpText("after", EXAMPLES)
    .action(async (paths: string[], { out, force }: CompareArguments) => {
      const { runFolders } = await import("../report/compared_runs.ts");
      const folders = await runFolders(paths);
      await checkOutputFile(out, force);
      await writeComparison(out, `Comparison of ${counted(folders.length, "run")}`, folders);
      console.error(`Wrote ${out}`);
      finish(EXIT.done);
    });
}
