/**
 * What the host knows of a shader, what it finds in its text, and its specialisation by name.
 *
 * @module
 */

/** A shader with one entry point, `main`, and one bind group: valid WGSL once its modules are appended. */
export interface Shader<Module extends string = string> {
  /** The text, without comments. */
  readonly source: string;
  /** The modules that it uses, those that its modules use included. */
  readonly modules: readonly Module[];
}

/** How a shader uses a binding. */
export type Access = "uniform" | "read" | "write";

const ACCESS: Readonly<Record<string, Access>> = {
  "uniform": "uniform",
  "storage,read": "read",
  "storage,read_write": "write",
};

// Found in the text when a pipeline is made: as lists beside it they were 1.3 kB of every gzipped bundle.

/** Returns name and use of each binding of a shader, in the order of their numbers. */
export function bindingsOf(source: string): [name: string, access: Access][] {
  const bindings = source.matchAll(
    /@binding\(\d+\) ?var<(uniform|storage, ?read(?:_write)?)> ?(\w+)/g,
  );
  return [...bindings].map(([, space, name]) => [name, ACCESS[space.replace(" ", "")]]);
}

/** Returns the fields of a shader's struct `Sizes`, the uniform: four bytes each. */
export function fieldsOf(source: string): [name: string, type: "u32" | "f32"][] {
  const struct = source.match(/struct Sizes ?\{([^}]*)\}/)?.[1] ?? "";
  return [...struct.matchAll(/(\w+): ?(u32|f32)/g)].map(([, name, type]) => {
    return [name, type as "u32" | "f32"];
  });
}

/** WGSL that shaders share: the text, without comments. */
export interface ShaderModule {
  readonly source: string;
  /** The text for devices with subgroups, where it differs. */
  readonly subgroups?: string;
}

/** Values of `const` and `alias` lines by name; a number is a u32. */
export type Specialisation = Readonly<Record<string, number | boolean | string | undefined>>;

/** Returns the text with its `const NAME: type = …;` and `alias NAME = …;` lines set. */
export function specialise(name: string, source: string, values: Specialisation): string {
  let text = source;
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const line = new RegExp(`^((?:const ${key}: \\w+|alias ${key}) = )[^;]*;`, "m");
    if (!line.test(text)) {
      throw new Error(`Cannot specialise ${name}: it has no const or alias ${key} for ${value}`);
    }
    text = text.replace(line, `$1${typeof value === "number" ? `${value}u` : value};`);
  }
  return text;
}
