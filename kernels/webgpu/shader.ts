/**
 * What the host knows of a shader, and its specialisation by name.
 *
 * @module
 */

/** A shader with one entry point, `main`, and one bind group: valid WGSL once its modules are appended. */
export interface Shader<Module extends string = string> {
  /** The text, without comments. */
  readonly source: string;
  /** The modules that it uses, those that its modules use included. */
  readonly modules: readonly Module[];
  /** Name and use of each binding, in the order of their numbers. */
  readonly bindings: readonly (readonly [string, "uniform" | "read" | "write"])[];
  /** The fields of its struct `Sizes`, the uniform: four bytes each. */
  readonly fields: readonly (readonly [string, "u32" | "f32"])[];
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
