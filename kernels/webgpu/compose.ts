/**
 * The WGSL that a device compiles: a shader's text, the modules that it uses, and what is set in them.
 *
 * @module
 */
import { modules, type ShaderName, shaders } from "./generated/shaders.ts";
import { type Specialisation, specialise } from "./shader.ts";

/** How a shader's text asks for subgroups. naga rejects the directive, Tint requires it. */
export type SubgroupDirective = "" | "enable subgroups;";

/**
 * Returns the text of a shader followed by those of its modules, with some lines set. With a directive, the
 * modules' variants by subgroups are taken where there are any. The shader's own lines keep their numbers.
 */
export function composeShader(
  name: ShaderName,
  values: Specialisation = {},
  directive?: SubgroupDirective,
): string {
  const { source, modules: used } = shaders[name];
  const texts = [
    source,
    ...used.map((module) => {
      const { source, subgroups } = modules[module];
      return directive === undefined ? source : subgroups ?? source;
    }),
  ];
  const text = specialise(name, texts.join("\n") + "\n", values);
  return directive && usesSubgroups(name) ? directive + text : text;
}

/** Whether a shader differs where there are subgroups. */
export function usesSubgroups(name: ShaderName): boolean {
  return shaders[name].modules.some((module) => modules[module].subgroups !== undefined);
}
