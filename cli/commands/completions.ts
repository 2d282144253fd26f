/**
 * `completions`: prints a script with which a shell completes commands, options and files.
 *
 * @module
 */
import { Argument, type Command, Option } from "commander";
import { bashScript } from "../completions/bash.ts";
import { describeProgram, type ProgramDescription } from "../completions/description.ts";
import { fishScript } from "../completions/fish.ts";
import { zshScript } from "../completions/zsh.ts";
import { EXIT, UsageError } from "../terminal/failure.ts";

const EXAMPLES = `
Examples:
  In this shell, or in each new one if the line stands in ~/.bashrc or ~/.zshrc:
    source <(matryoshka-sae completions bash)
    source <(matryoshka-sae completions zsh)
  For fish:
    matryoshka-sae completions fish > ~/.config/fish/completions/matryoshka-sae.fish`;

const SCRIPTS: Readonly<Record<string, (program: ProgramDescription) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Adds the command; `finish` receives its exit code. */
export function addCompletions(program: Command, finish: (code: number) => void): void {
  program.command("completions")
    .description("Print a script that completes commands, options and files in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .addOption(
      new Option("--name <command>", "the name that the program is called by")
        .argParser(checkName)
        .default(program.name()),
    )
    .addHelpText("after", EXAMPLES)
    .action((shell: string, { name }: { name: string }) => {
      console.log(SCRIPTS[shell](describeProgram(program, name)).trimEnd());
      finish(EXIT.done);
    });
}

function checkName(text: string): string {
  if (/^\w[\w.-]*$/.test(text)) return text;
  throw new UsageError(
    `Cannot use --name "${text}": it must be the name of a command, without a folder`,
  );
}
