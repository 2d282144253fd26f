/** The repairs of packed files. */

import { assertEquals, assertThrows } from "@std/assert";
import { portableTypes, restoreKeys } from "../../.ci/packed_code.ts";

const HOISTED = [
  "/** Owns things. */ var _computedKey, _computedKey1;",
  'import { a } from "./a.js";',
  "_computedKey = Symbol.dispose;",
  "export class A {",
  "  [_computedKey]() {}",
  "}",
  "_computedKey1 = Symbol.asyncIterator;",
  "export class B {",
  "  [_computedKey1]() {}",
  "}",
  "",
].join("\n");

Deno.test("restoreKeys() puts keys back in their classes and keeps everything else", () => {
  assertEquals(
    restoreKeys("a.js", HOISTED),
    [
      "/** Owns things. */ ",
      'import { a } from "./a.js";',
      "export class A {",
      "  [Symbol.dispose]() {}",
      "}",
      "export class B {",
      "  [Symbol.asyncIterator]() {}",
      "}",
      "",
    ].join("\n"),
  );
  assertEquals(restoreKeys("a.js", "export const a = 1;\n"), "export const a = 1;\n");
});

Deno.test("restoreKeys() refuses a key that it does not know", () => {
  const code = "var _computedKey;\n_computedKey = name();\nclass A {\n  [_computedKey]() {}\n}\n";
  assertThrows(
    () => restoreKeys("a.js", code),
    Error,
    'Cannot pack a.js: a key stays hoisted in "_computedKey = name();"',
  );
});

Deno.test("portableTypes() adds what declarations need, and nothing to others", () => {
  const plain = "/** Has no GPUDevice and no Disposable. */\nexport type A = number;\n";
  assertEquals(portableTypes(plain), plain);
  const disposable = "export interface A extends Disposable {}\n";
  assertEquals(
    portableTypes(disposable),
    `/// <reference lib="esnext.disposable" />\n${disposable}`,
  );
  for (const type of ["GPUDevice", "WebAssembly.Module"]) {
    const declarations = `export interface A {\n  readonly a: ${type};\n}\n`;
    const [kept, added] = portableTypes(declarations).split("export {};\n");
    assertEquals(kept, declarations);
    assertEquals(added.includes("typeof globalThis extends"), true, added);
  }
});
