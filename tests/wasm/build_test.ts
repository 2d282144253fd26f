/** What the build reads from the AssemblyScript sources, and what it changes in them. */

import { assertEquals, assertThrows } from "@std/assert";
import { readDeclarations } from "../../wasm/build/declarations.ts";
import { unrollLoops } from "../../wasm/build/sources.ts";

const INDEX = `export { add } from "./sums";
export { size } from "./sums";
`;

const SUMS = `// Sums.
export function add(
  from: usize, to: usize, scratch: usize,
  a: usize, // an address
  factor: f32,
): void {
}

export function size(rows: usize): usize {
  return 4 * rows;
}
`;

function read(index: string, sums: string, exports: WebAssembly.Exports) {
  const codes = "export const enum Kind { none, some }\n";
  return readDeclarations(
    new Map([["index.ts", index], ["sums.ts", sums], ["codes.ts", codes]]),
    exports,
  );
}

const EXPORTS = {
  add: (_0: number, _1: number, _2: number, _3: number, _4: number) => {},
  size: (_0: number) => {},
};

Deno.test("readDeclarations() tells phases from questions and reads codes", () => {
  const { phases, questions, codes } = read(INDEX, SUMS, EXPORTS);
  assertEquals([...phases], [["add", ["a", "factor"]]]);
  assertEquals([...questions], [["size", ["rows"]]]);
  assertEquals([...codes], [["Kind", ["none", "some"]]]);
});

Deno.test("readDeclarations() rejects sources that do not match the module", () => {
  const fewer = { ...EXPORTS, size: () => {} };
  assertThrows(() => read(INDEX, SUMS, fewer), Error, "the module has 0 but index.ts 1");
  const { add } = EXPORTS;
  assertThrows(() => read(INDEX, SUMS, { add }), Error, "it names 2 exports but 1 exist");
  const more = { ...EXPORTS, other: () => {} };
  assertThrows(() => read(INDEX, SUMS, more), Error, "Cannot read the parameters of other");
});

Deno.test("readDeclarations() rejects a parameter that it cannot read", () => {
  const odd = SUMS.replace("factor: f32", "factor: f32 = 1");
  assertThrows(() => read(INDEX, odd, EXPORTS), Error, 'its parameter is "factor: f32 = 1"');
});

const LOOP = `  // @unroll
  for (let step = 0; step < 3; step++) {
    sum += load(at);
    at += 4;
  }
  return sum;
`;

Deno.test("unrollLoops() repeats the body of a marked loop", () => {
  const body = "    sum += load(at);\n    at += 4;\n";
  assertEquals(unrollLoops("a.ts", LOOP), `${body.repeat(3)}  return sum;\n`);
});

Deno.test("unrollLoops() rejects a body that uses the counter, and a mark without a loop", () => {
  const counted = LOOP.replace("load(at)", "step");
  assertThrows(() => unrollLoops("a.ts", counted), Error, "its body uses the counter step");
  const unmarked = LOOP.replace("step < 3", "step <= 3");
  assertThrows(() => unrollLoops("a.ts", unmarked), Error, "no for loop from 0 to a number");
});
