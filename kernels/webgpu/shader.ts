/**
 * What the host knows of a shader, and its specialisation by name.
 *
 * @module
 */

/** A WGSL module with one entry point, `main`, and one bind group. */
export interface Shader {
  /** The text, without comments. */
  readonly source: string;
  /** Name and use of each binding, in the order of their numbers. */
  readonly bindings: readonly (readonly [string, "uniform" | "read" | "write"])[];
  /** The fields of its struct `Sizes`, the uniform: four bytes each. */
  readonly fields: readonly (readonly [string, "u32" | "f32"])[];
}

/** Values of `const` and `alias` lines by name; a number is a u32. */
export type Specialisation = Readonly<Record<string, number | boolean | string>>;

/** The text with its `const NAME: type = …;` and `alias NAME = …;` lines set. */
export function specialise(name: string, shader: Shader, values: Specialisation): string {
  let { source } = shader;
  for (const [key, value] of Object.entries(values)) {
    const line = new RegExp(`^((?:const ${key}: \\w+|alias ${key}) = )[^;]*;`, "m");
    if (!line.test(source)) {
      throw new Error(`Cannot specialise ${name}: it has no const or alias ${key} for ${value}`);
    }
    source = source.replace(line, `$1${typeof value === "number" ? `${value}u` : value};`);
  }
  return source;
}
