/**
 * Reads what the host must know of the AssemblyScript sources: the parameters of the exports, and the
 * codes of `codes.ts`.
 *
 * @module
 */
import type { Sources } from "./sources.ts";

/** What every phase begins with: its range of items and the thread's scratch. */
const RANGE = ["from", "to", "scratch"];

/** The exports by name: phases with the parameters after their range, and questions with all of theirs. */
export interface Declarations {
  /** Exports that begin with from, to and scratch. */
  readonly phases: ReadonlyMap<string, readonly string[]>;
  /** All others. */
  readonly questions: ReadonlyMap<string, readonly string[]>;
  /** The members of each enum of `codes.ts`; the code of a member is its index. */
  readonly codes: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the declarations, and compares the exports with those of a compiled module.
 *
 * @param exports The exports of an instance of the module.
 */
export function readDeclarations(sources: Sources, exports: WebAssembly.Exports): Declarations {
  const parameters = readExports(sources);
  for (const [name, found] of Object.entries(exports)) {
    if (typeof found !== "function") continue;
    const count = parameters.get(name)?.length;
    if (count !== found.length) {
      throw new Error(
        `Cannot read the parameters of ${name}: the module has ${found.length} but index.ts ${count}`,
      );
    }
  }
  const isPhase = ([, names]: [string, readonly string[]]) =>
    RANGE.every((name, n) => names[n] === name);
  const all = [...parameters].filter(([name]) => Object.hasOwn(exports, name));
  if (all.length < parameters.size) {
    throw new Error(
      `Cannot read index.ts: it names ${parameters.size} exports but ${all.length} exist`,
    );
  }
  return {
    phases: new Map(all.filter(isPhase).map(([name, names]) => [name, names.slice(RANGE.length)])),
    questions: new Map(all.filter((each) => !isPhase(each))),
    codes: readCodes(sourceOf("codes.ts", sources)),
  };
}

function sourceOf(name: string, sources: Sources): string {
  const source = sources.get(name);
  if (source === undefined) throw new Error(`Cannot read ${name}: there is no such source`);
  return source;
}

/** Follows the re-exports of `index.ts`, one file deep. */
function readExports(sources: Sources): Map<string, readonly string[]> {
  const index = sourceOf("index.ts", sources);
  const found = new Map<string, readonly string[]>();
  for (const [, names, file] of index.matchAll(/^export \{([^}]*)\} from "\.\/(\w+)";$/gm)) {
    const source = sourceOf(`${file}.ts`, sources);
    for (const name of names.split(",").map((each) => each.trim()).filter(Boolean)) {
      found.set(name, readParameters(name, source));
    }
  }
  for (const [, name] of index.matchAll(/^export function (\w+)/gm)) {
    found.set(name, readParameters(name, index));
  }
  return found;
}

function readParameters(name: string, source: string): string[] {
  const list = source.match(new RegExp(`^export function ${name}\\(([^)]*)\\): \\w+ \\{$`, "m"))
    ?.[1];
  if (list === undefined) throw new Error(`Cannot read ${name}: its declaration is not found`);
  const parameters = list.replaceAll(/\/\/.*$/gm, "").split(",").map((each) => each.trim());
  return parameters.filter(Boolean).map((parameter) => {
    const found = parameter.match(/^(\w+): (usize|i32|f32|f64)$/);
    if (!found) throw new Error(`Cannot read ${name}: its parameter is "${parameter}"`);
    return found[1];
  });
}

function readCodes(source: string): Map<string, string[]> {
  const enums = source.matchAll(/^export const enum (\w+) \{ ([\w, ]+) \}$/gm);
  return new Map(enums.map(([, name, members]) => [name, members.split(", ")]));
}
