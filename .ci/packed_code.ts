/** Repairs what `deno pack` writes: JavaScript that bundlers cannot drop, and declarations that need too much. */

const HOISTED = /^(_computedKey\d*) = (Symbol\.\w+);\n/gm;
const DECLARED = /var _computedKey\d*(?:, _computedKey\d*)*;\n?/;

/**
 * Returns the code with the keys of methods back in their classes: `[Symbol.dispose]() {…}`.
 *
 * `deno pack` assigns such a key to a variable in front of the class. A bundler keeps that assignment, and with it
 * the class, whether or not anything uses them.
 *
 * @throws {Error} if a key remains that is not a symbol of the language.
 */
export function restoreKeys(file: string, code: string): string {
  let restored = code.replace(DECLARED, "\n");
  for (const [assignment, variable, symbol] of code.matchAll(HOISTED)) {
    restored = restored.replace(assignment, "").replaceAll(`[${variable}]`, `[${symbol}]`);
  }
  const [left] = restored.match(/.*_computedKey.*/) ?? [];
  if (left !== undefined) throw new Error(`Cannot pack ${file}: a key stays hoisted in "${left}"`);
  return restored;
}

interface Need {
  /** Finds it in declarations. */
  readonly use: RegExp;
  /** A line for the top of the file. */
  readonly first?: string;
  /** Lines for its end. */
  readonly last?: readonly string[];
}

const LOCAL = "// Does without the global where a project's types lack it.";

/**
 * What declarations take from outside the language. A reference to `@webgpu/types` would be an error in projects
 * without that package, and in projects with it and TypeScript 7, whose "dom" declares the same names again.
 */
const NEEDS: readonly Need[] = [
  {
    use: /\bDisposable\b|Symbol\.\w*[dD]ispose\b/,
    first: '/// <reference lib="esnext.disposable" />',
  },
  {
    use: /\bGPUDevice\b/,
    last: [
      LOCAL,
      "type GPUDevice = typeof globalThis extends { GPUDevice: { prototype: infer Device } } ? Device : object;",
    ],
  },
  {
    use: /\bWebAssembly\.Module\b/,
    last: [
      LOCAL,
      "declare namespace WebAssembly {",
      "  type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : object;",
      "}",
    ],
  },
];

/**
 * Returns declarations that compile without `skipLibCheck` in projects for Node, whose types know neither WebGPU nor
 * WebAssembly, and in projects for browsers that do not list "esnext.disposable".
 */
export function portableTypes(declarations: string): string {
  const code = declarations.replaceAll(/\/\*[^]*?\*\//g, "");
  const needs = NEEDS.filter(({ use }) => use.test(code));
  const last = needs.flatMap(({ last = [] }) => last);
  return [
    ...needs.flatMap(({ first = [] }) => first),
    declarations.trimEnd(),
    // Without this line every declaration of a `.d.ts` is exported.
    ...last.length > 0 ? ["export {};", ...last] : [],
  ].join("\n") + "\n";
}
