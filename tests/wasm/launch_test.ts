/** Phases take their arguments by name. */

import { assertEquals } from "@std/assert";
import { PHASES, QUESTIONS } from "../../wasm/generated/exports.ts";
import { phase, positional, single } from "../../wasm/launch.ts";

const DIVISION = { items: 10, grain: 2 };

Deno.test("phase() puts arguments in the order of the export's parameters", () => {
  const args = { d: 4, centred: 3, decoderBias: 2, input: 1 };
  assertEquals(phase("centre", args, DIVISION), { run: "centre", args: [1, 2, 3, 4], ...DIVISION });
});

Deno.test("single() gives its one item to one thread", () => {
  const { items, args } = single("globalNormTotal", { partials: 7, norm: 5, count: 9 });
  assertEquals([items, ...args], [1, 5, 7, 9]);
});

// Checked by the compiler and never called: with a wrong name there is nothing to run.
function refusedByTheCompiler(): void {
  // @ts-expect-error -- `d` is missing
  phase("centre", { input: 1, decoderBias: 2, centred: 3 }, DIVISION);
  // @ts-expect-error -- `N` is not a parameter
  phase("centre", { input: 1, decoderBias: 2, centred: 3, d: 4, N: 5 }, DIVISION);
  const operands = { input: 1, decoderBias: 2, centered: 3 };
  // @ts-expect-error -- `centered` is misspelt
  phase("centre", { ...operands, d: 4 }, DIVISION);
  // @ts-expect-error -- `centred` alone is no export
  phase("centred", { input: 1 }, DIVISION);
  const more = { input: 1, decoderBias: 2, centred: 3, norms: 4 };
  // @ts-expect-error -- `norms` is not a parameter, even if it comes from a spread
  phase("centre", { ...more, d: 4 }, DIVISION);
}

Deno.test("a missing, an unknown or a misspelt argument is a compile error", () => {
  assertEquals(refusedByTheCompiler.length, 0);
});

Deno.test("questions without parameters take no arguments", () => {
  assertEquals(positional(QUESTIONS.productScratchBytes, {}), []);
  assertEquals(positional(QUESTIONS.topkScratchBytes, { N: 2, k: 1 }), [1, 2]);
  assertEquals(Object.keys(PHASES).filter((name) => name in QUESTIONS), []);
});
