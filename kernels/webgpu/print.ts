/**
 * Prints the WGSL that a device compiles for a shader: its text and its modules, with values set.
 *
 *     deno task wgsl encode                              as its file says
 *     deno task wgsl encode SIDE=16 FULL=true            with `const` and `alias` lines set
 *     deno task wgsl total --subgroups                   with the modules for devices with subgroups
 */
import { composeShader } from "./compose.ts";
import { type ShaderName, shaders } from "./generated/shaders.ts";
import type { Specialisation } from "./shader.ts";

function isShader(name: string | undefined): name is ShaderName {
  return name !== undefined && Object.hasOwn(shaders, name);
}

/** Returns the value of `NAME=value`: a number, true or false, or a type. */
function valueOf(text: string): number | boolean | string {
  if (/^\d+$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? text === "true" : text;
}

function print(args: readonly string[]): string {
  const [name, ...settings] = args.filter((arg) => arg !== "--subgroups");
  if (!isShader(name)) {
    const known = Object.keys(shaders).join(", ");
    throw new RangeError(
      `Cannot print WGSL: there is no shader "${name ?? ""}"; there are ${known}`,
    );
  }
  const values: Specialisation = Object.fromEntries(settings.map((setting) => {
    const [key, ...value] = setting.split("=");
    return [key, valueOf(value.join("="))];
  }));
  return composeShader(name, values, args.includes("--subgroups") ? "" : undefined);
}

try {
  console.log(print(Deno.args));
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
