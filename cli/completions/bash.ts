/**
 * Completions for bash, version 3.2 and later, with or without the package bash-completion.
 *
 * @module
 */
import type { CommandDescription, ProgramDescription, ValueDescription } from "./description.ts";

/** Writes the script. */
export function bashScript({ name, options, commands }: ProgramDescription): string {
  const own = options.flatMap(({ names }) => names);
  const optionCases = commands.map((command) => {
    const names = command.options.flatMap(({ names }) => names);
    return `    ${command.name}) echo '${names.join(" ")}' ;;`;
  });
  const start = [...commands.map((command) => command.name), ...own];
  const valueCases = [
    `    ' ') echo 'one words ${start.join(" ")}' ;;`,
    ...commands.flatMap(valueCasesOf),
  ];
  return TEMPLATE
    .replace("OPTION_CASES", () => optionCases.join("\n"))
    .replace("OWN_OPTIONS", () => own.join(" "))
    .replace("VALUE_CASES", () => valueCases.join("\n"))
    .replaceAll("FUNCTION", () => `_${name.replaceAll(/\W/g, "_")}`)
    .replaceAll("PROGRAM", () => name);
}

/** Writes one case for each option with a value, and one for the arguments. */
function valueCasesOf(command: CommandDescription): string[] {
  const cases = command.options.flatMap(({ names, value }) =>
    value === undefined ? [] : [[names, value] as const]
  );
  // Options stand between arguments, so that these are not counted: one case is for all.
  const argument = command.arguments.find(({ kind }) => kind !== "nothing");
  if (argument) cases.push([[""], argument]);
  return cases.map(([names, value]) => {
    const patterns = names.map((name) => `'${command.name} ${name}'`).join(" | ");
    return `    ${patterns}) echo '${valueText(value)}' ;;`;
  });
}

function valueText({ optional, variadic, kind, words }: ValueDescription): string {
  const count = variadic ? "many" : optional ? "maybe" : "one";
  return [count, kind, ...words].join(" ");
}

const TEMPLATE =
  `# Completions of PROGRAM for bash. To load them: source <(PROGRAM completions bash)

# Prints the options of a command.
FUNCTION_options() {
  case $1 in
OPTION_CASES
    '') echo 'OWN_OPTIONS' ;;
  esac
}

# Prints what follows an option of a command, or the arguments of a command: how many, which kind, which words.
FUNCTION_values() {
  case "$1 $2" in
VALUE_CASES
  esac
}

FUNCTION() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=$COMP_CWORD command= option= i word found kind words
  local -a values
  COMPREPLY=()
  # bash takes --to=native as three words.
  if [[ $current == '=' ]]; then
    current=
  elif ((COMP_CWORD > 1)) && [[ \${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then
    at=$((COMP_CWORD - 1))
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* ]]; then
      command=\${COMP_WORDS[i]}
      break
    fi
  done
  for ((i = at - 1; i > 0; i--)); do
    if [[ \${COMP_WORDS[i]} == -* ]]; then
      option=\${COMP_WORDS[i]}
      break
    fi
  done
  values=()
  if [[ -n $option ]]; then
    values=($(FUNCTION_values "$command" "$option"))
    # Only some options take more than one value, or none.
    if [[ \${values[0]} != many ]] && ((at - i > 1)); then values=(); fi
    if [[ \${values[0]} != one && $current == -* ]]; then values=(); fi
  fi
  if ((\${#values[@]} == 0)) && [[ $current != -* ]]; then
    values=($(FUNCTION_values "$command" ''))
  fi
  if ((\${#values[@]} == 0)); then
    values=(one words $(FUNCTION_options "$command"))
  fi
  kind=\${values[1]}
  words="\${values[*]:2}"
  case $kind in
    files) found=$(compgen -f -- "$current") ;;
    folders) found=$(compgen -d -- "$current") ;;
    words) found=$(compgen -W "$words" -- "$current") ;;
    *) return ;;
  esac
  # With names of files, bash adds slashes to folders and quotes what must be quoted.
  if [[ $kind != words ]]; then compopt -o filenames 2> /dev/null; fi
  while IFS= read -r word; do
    if [[ -n $word ]]; then COMPREPLY+=("$word"); fi
  done <<< "$found"
}

complete -F FUNCTION PROGRAM
`;
