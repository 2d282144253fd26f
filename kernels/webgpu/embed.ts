/**
 * Embeds the `.wgsl` files of `shaders/` and `shaders/modules/` in `generated/shaders.ts`, since importing text
 * does not work in every runtime. `--check` fails if the embedded text differs from the files.
 *
 * A shader or module names the modules that it uses in a comment line: `// modules: penalty, latent`. It is
 * valid WGSL once their texts are appended, and those of the modules that they use: `compose.ts` does that, so
 * that the package holds each text once. A file `<module>.subgroups.wgsl` declares the same functions for
 * devices with subgroups.
 *
 * @module
 */
import { bindingsOf, type Shader, type ShaderModule } from "./shader.ts";

const FOLDER = new URL("shaders/", import.meta.url);
const GENERATED = new URL("generated/shaders.ts", import.meta.url);

const SETTABLE =
  /^(?:const (\w+): (u32|bool|Features|Latents) = (?:\d+u|true|false|vec4<f32>\(.*\))|alias (\w+) = (?:[fu]32|vec\d<\w+>));/gm;
const SUBGROUPS = ".subgroups";

/** Texts of the `.wgsl` files of a folder, by their names without the extension. */
async function readTexts(folder: URL): Promise<Map<string, string>> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".wgsl")).sort();
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, folder))));
  return new Map(files.map((file, n) => [file.replace(/\.wgsl$/, ""), texts[n]]));
}

/** Spaces that no compiler needs: beside punctuation, unless two operators would become one. */
const SPACES =
  /(?<=[-+*/%&|^<>=!]) +(?![-+*/%&|^<>=!])|(?<![-+*/%&|^<>=!]) +(?=[-+*/%&|^<>=!])|(?<=[,;:{}()[\]?]) +| +(?=[,;:{}()[\]?])/g;

/**
 * The text without comments, which are for readers of the file, and without most spaces. Line numbers stay, for
 * compilers' messages.
 */
function sourceOf(text: string): string {
  return text.split("\n").map((line) => {
    const code = line.replace(/\/\/.*$/, "").trim();
    return /^(?:const|alias) /.test(code) ? code : code.replaceAll(SPACES, "");
  }).join("\n").trimEnd();
}

/** Names of the modules that a text uses, those that its modules use included. */
function modulesOf(
  file: string,
  text: string,
  modules: ReadonlyMap<string, string>,
  found: Set<string> = new Set(),
): string[] {
  const named = text.match(/^\/\/ modules: (.*)$/m)?.[1].split(", ") ?? [];
  for (const name of named) {
    const module = modules.get(name);
    if (module === undefined) {
      throw new Error(`Cannot embed ${file}: there is no module ${name}`);
    }
    if (found.has(name)) continue;
    found.add(name);
    modulesOf(name, module, modules, found);
  }
  return [...found];
}

/** Describes a shader, after a check that its bindings have the numbers of their order. */
function describe(file: string, text: string, modules: readonly string[]): Shader {
  [...text.matchAll(/@binding\((\d+)\)/g)].forEach(([, index], n) => {
    if (Number(index) === n) return;
    throw new Error(`Cannot embed ${file}: binding ${index} stands where ${n} is expected`);
  });
  const source = sourceOf(text);
  if (bindingsOf(source).length !== text.match(/@binding/g)?.length) {
    throw new Error(`Cannot embed ${file}: a binding is neither uniform nor storage`);
  }
  return { source, modules };
}

function describeModule(name: string, texts: ReadonlyMap<string, string>): ShaderModule {
  const text = texts.get(name)!;
  const subgroups = texts.get(name + SUBGROUPS);
  if (/@(group|compute)/.test(text)) {
    throw new Error(`Cannot embed the module ${name}: bindings and entry points belong to shaders`);
  }
  const source = sourceOf(text).trimStart();
  return subgroups ? { source, subgroups: sourceOf(subgroups).trimStart() } : { source };
}

/** The type of the values that can be set in a text. */
function optionsType(text: string): string {
  const fields = [...text.matchAll(SETTABLE)].map(([, constant, type, alias]) => {
    return constant
      ? `${constant}?: ${type === "bool" ? "boolean" : type === "u32" ? "number" : "string"}`
      : `${alias}?: string`;
  });
  if (fields.length === 0) return "Record<string, never>";
  return `{ ${fields.map((field) => `readonly ${field}`).join("; ")} }`;
}

async function hashOf(texts: ReadonlyMap<string, string>): Promise<string> {
  const bytes = new TextEncoder().encode([...texts].flat().join("\0"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function generate(): Promise<string> {
  const shaders = await readTexts(FOLDER);
  const modules = await readTexts(new URL("modules/", FOLDER));
  const names = [...modules.keys()].filter((name) => !name.endsWith(SUBGROUPS));
  for (const name of modules.keys()) {
    if (!names.includes(name.replace(SUBGROUPS, ""))) {
      throw new Error(`Cannot embed the module ${name}: there is none without subgroups`);
    }
  }
  const used = new Map([...shaders].map(([name, text]) => [name, modulesOf(name, text, modules)]));
  const entry = (name: string, value: unknown) => `  ${name}: ${JSON.stringify(value)},`;
  const options = [...shaders].map(([name, text]) => {
    const composed = [text, ...used.get(name)!.map((module) => modules.get(module))].join("\n");
    return `  readonly ${name}: ${optionsType(composed)};`;
  });
  const hash = await hashOf(new Map([...shaders, ...modules]));
  const union = (all: Iterable<string>) => [...all].map((name) => JSON.stringify(name)).join(" | ");
  return [
    `// @generated by kernels/webgpu/embed.ts from kernels/webgpu/shaders/**/*.wgsl; sha256 ${hash}`,
    `import type { Shader, ShaderModule } from "../shader.ts";`,
    ``,
    `/** The name of a shader: its file's. */`,
    `export type ShaderName = ${union(shaders.keys())};`,
    ``,
    `/** The name of a module: its file's. */`,
    `export type ModuleName = ${union(names)};`,
    ``,
    `/** The const and alias lines of each shader and its modules that can be set. */`,
    `export type ShaderOptions = {`,
    ...options,
    `};`,
    ``,
    `/** Every shader by name. */`,
    `export const shaders: Readonly<Record<ShaderName, Shader<ModuleName>>> = {`,
    ...[...shaders].map(([name, text]) => entry(name, describe(name, text, used.get(name)!))),
    `};`,
    ``,
    `/** Every module by name. */`,
    `export const modules: Readonly<Record<ModuleName, ShaderModule>> = {`,
    ...names.map((name) => entry(name, describeModule(name, modules))),
    `};`,
    ``,
  ].join("\n");
}

if (import.meta.main) {
  const generated = await generate();
  if (Deno.args.includes("--check")) {
    if (generated !== await Deno.readTextFile(GENERATED)) {
      console.error(
        "kernels/webgpu/generated/shaders.ts differs from its .wgsl files: run deno task build:wgsl",
      );
      Deno.exit(1);
    }
  } else await Deno.writeTextFile(GENERATED, generated);
}
