/**
 * Completions for fish, version 3 and later.
 *
 * @module
 */
import type {
  CommandDescription,
  OptionDescription,
  ProgramDescription,
  ValueDescription,
} from "./description.ts";

/** Writes the script. */
export function fishScript({ name, options, commands }: ProgramDescription): string {
  const start = "__fish_use_subcommand";
  const lines = [
    `# Completions of ${name} for fish. To load them: ${name} completions fish | source`,
    `complete -c ${name} -f`,
    ...options.map((option) => optionLine(name, start, option)),
    ...commands.map(({ name: command, description }) =>
      `complete -c ${name} -n ${start} -a ${command} -d ${quoted(description)}`
    ),
    ...commands.flatMap((command) => commandLines(name, command)),
  ];
  return lines.join("\n") + "\n";
}

function commandLines(program: string, command: CommandDescription): string[] {
  const condition = quoted(`__fish_seen_subcommand_from ${command.name}`);
  const lines = command.options.map((option) => optionLine(program, condition, option));
  // An option that takes several values offers only the first itself: the others look like arguments.
  const several = command.options.flatMap(({ value }) => value?.variadic ? [value] : []);
  const values = new Set([...command.arguments, ...several].map(valuesText));
  for (const text of values) {
    if (text !== "") lines.push(`complete -c ${program} -n ${condition} ${text}`);
  }
  return lines;
}

function optionLine(program: string, condition: string, option: OptionDescription): string {
  const { names, description, value } = option;
  const parts = [`complete -c ${program} -n ${condition}`];
  for (const name of names) {
    parts.push(name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);
  }
  // -x: the value is not a file, even where the command has files as arguments.
  if (value !== undefined && value.kind !== "files") parts.push("-x");
  else if (value !== undefined && !value.optional) parts.push("-r");
  if (value !== undefined && valuesText(value) !== "") parts.push(valuesText(value));
  parts.push(`-d ${quoted(description)}`);
  return parts.join(" ");
}

function valuesText({ kind, words }: ValueDescription): string {
  if (kind === "files") return "-F";
  if (kind === "folders") return "-a '(__fish_complete_directories)'";
  return kind === "words" ? `-a ${quoted(words.join(" "))}` : "";
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
