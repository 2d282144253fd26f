/**
 * Describes the program to shells: commands, options, and what completes their values.
 *
 * @module
 */
import type { Argument, Command, Option } from "commander";

/** What completes a value: files, folders, one of some words, or nothing, as for numbers. */
export interface Values {
  readonly kind: "files" | "folders" | "words" | "nothing";
  /** The words, if the kind is "words". */
  readonly words: readonly string[];
}

/** An option of a command. */
export interface OptionDescription {
  /** The option as it is typed, such as `--steps`, and its short form, if any. */
  readonly names: readonly string[];
  readonly description: string;
  /** The value that it takes, if any. */
  readonly value?: ValueDescription;
}

/** A value of an option, or an argument of a command. */
export interface ValueDescription extends Values {
  /** The name in the help, such as `rows`. */
  readonly name: string;
  readonly optional: boolean;
  /** Whether more than one may follow. */
  readonly variadic: boolean;
}

/** A command. */
export interface CommandDescription {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDescription[];
  readonly arguments: readonly ValueDescription[];
}

/** The program. */
export interface ProgramDescription {
  /** The name that it is called by. */
  readonly name: string;
  readonly options: readonly OptionDescription[];
  readonly commands: readonly CommandDescription[];
}

/**
 * Describes a program of commander, without hidden options.
 *
 * @param name The name that the program is called by.
 */
export function describeProgram(program: Command, name: string): ProgramDescription {
  const help = program.createHelp();
  const optionsOf = (command: Command) => help.visibleOptions(command).map(describeOption);
  const all = help.visibleCommands(program);
  const names = all.map((command) => command.name());
  const commands = all.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: optionsOf(command),
    arguments: command.registeredArguments.map((each) => describeArgument(each, names)),
  }));
  return { name, options: optionsOf(program), commands };
}

function describeOption(option: Option): OptionDescription {
  const { long, short, description, flags, required, optional, variadic } = option;
  const names = [long, short].filter((name) => name !== undefined);
  if (!required && !optional) return { names, description };
  const name = flags.match(/[<[]([^\]>.]+)/)?.[1] ?? "value";
  const value = { ...valuesOf(name, option.argChoices), name, optional, variadic };
  return { names, description, value };
}

/** Describes an argument. All are paths but that of `help`, a command, and those with choices. */
function describeArgument(
  argument: Argument,
  commands: readonly string[],
): ValueDescription {
  const { argChoices, variadic, required } = argument;
  const name = argument.name();
  const words = name === "command" ? commands : argChoices;
  const values = valuesOf(name === "folder" ? name : "path", words);
  return { ...values, name, variadic, optional: !required };
}

/** Returns what completes a value, by its choices or else by its name in the help. */
function valuesOf(name: string, words: readonly string[] = []): Values {
  if (words.length > 0) return { kind: "words", words };
  if (name === "folder") return { kind: "folders", words };
  return { kind: name === "file" || name === "path" ? "files" : "nothing", words };
}
