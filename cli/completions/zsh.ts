/**
 * Completions for zsh.
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
export function zshScript({ name, options, commands }: ProgramDescription): string {
  const list = commands.map(({ name, description }) =>
    `    ${quoted(`${name}:${escaped(description)}`)}`
  );
  return TEMPLATE
    .replace("OWN_OPTIONS", () => lines(options.map(optionSpec), "    "))
    .replace("COMMANDS", () => list.join("\n"))
    .replace("CASES", () => commands.map(commandCase).join("\n"))
    .replaceAll("FUNCTION", () => `_${name.replaceAll(/\W/g, "_")}`)
    .replaceAll("PROGRAM", () => name);
}

function commandCase({ name, options, arguments: given }: CommandDescription): string {
  // An option that takes several values offers only the first itself: the others look like arguments.
  const several = options.flatMap(({ value }) => value?.variadic ? [value] : []);
  const rest = given.some(({ variadic }) => variadic) ? [] : several.slice(0, 1);
  const specs = [...options.map(optionSpec), ...[...given, ...rest].map(argumentSpec)];
  const text = lines(["_arguments", ...specs], "          ");
  return `        ${name})\n${text}\n          ;;`;
}

/** Joins the words of one command, a line each. */
const lines = (words: readonly string[], margin: string): string =>
  words.map((word) => margin + word).join(" \\\n");

/** Writes an option for _arguments, with `=` if its value may follow one. */
function optionSpec({ names, description, value }: OptionDescription): string {
  const text = `[${escaped(description)}]`;
  const specs = names.map((name) => {
    if (value === undefined) return quoted(name + text);
    // commander takes only one value after `=`.
    const assign = name.startsWith("--") && !value.variadic ? "=" : "";
    const again = value.variadic ? "*" : "";
    const colons = value.optional ? "::" : ":";
    return quoted(again + name + assign + text + colons + message(value));
  });
  return specs.join(" ");
}

function argumentSpec(value: ValueDescription): string {
  if (value.variadic) return quoted(`*:${message(value)}`);
  return quoted(`${value.optional ? "::" : ":"}${message(value)}`);
}

/** Writes the name of a value and the action that completes it. */
function message({ name, kind, words }: ValueDescription): string {
  const actions = {
    files: "_files",
    folders: "_files -/",
    words: `(${words.join(" ")})`,
    nothing: " ",
  };
  return `${escaped(name)}:${actions[kind]}`;
}

const escaped = (text: string): string => text.replaceAll(/[\\[\]:]/g, "\\$&");

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const TEMPLATE = `#compdef PROGRAM
# Completions of PROGRAM for zsh. To load them: source <(PROGRAM completions zsh)

FUNCTION() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands
  commands=(
COMMANDS
  )
  _arguments -C \\
OWN_OPTIONS \\
    '1:command:->command' \\
    '*::argument:->argument'
  case $state in
    command)
      _describe -t commands command commands
      ;;
    argument)
      case $words[1] in
CASES
      esac
      ;;
  esac
}

# As a file in $fpath it is the function itself; elsewhere it defines it.
if [[ $funcstack[1] == FUNCTION ]]; then
  FUNCTION "$@"
else
  compdef FUNCTION PROGRAM
fi
`;
