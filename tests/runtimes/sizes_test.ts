/** Sizes and start-up stay what they are, with head-room for what is still to come. */

import { assertEquals, assertLess } from "@std/assert";
import { ENTRIES, type Entry, measureSizes } from "./setup/sizes.ts";

/**
 * Most bytes of code of everything that an entry exports, loaded at first, minified and gzipped. "." loads a backend later.
 * Screened top-k on WebGPU takes 3,000 bytes of "./webgpu", of what "." loads later, and of an application; temporaries
 * that share memory, and products without branches per element, take 2,000.
 */
const MOST_FIRST: Readonly<Record<Entry, number>> = {
  ".": 92_500,
  "./wasm": 103_500,
  "./webgpu": 141_500,
};

/** What reads zips and pickles, imported when such a file comes, the backends of ".", and recipes when one is used. */
const MOST_LATER: Readonly<Record<Entry, number>> = {
  ".": 76_500,
  "./wasm": 13_000,
  "./webgpu": 13_000,
};

/** The same of an application that trains, with all three backends in one file. */
const MOST_APPLICATION = 115_500;

/** Bytes of a tier, of which gzip leaves two thirds, and gzipped bytes of all five together. */
const MOST_TIER = 56_500, MOST_TIERS = 140_500;

const MOST_TARBALL = 610_000;

/** A quiet machine takes 2 and 18 ms, one with ten times more to do than it has cores 7 and 139. */
const MOST_MILLISECONDS = { importing: 200, firstEncode: 500 };

const { tarball, bundles, application, tiers, start } = await measureSizes();

Deno.test("the tarball stays small", () => {
  assertLess(tarball, MOST_TARBALL);
});

Deno.test("the bundle of each entry stays small, with and without the WASM tiers", () => {
  for (const entry of ENTRIES) {
    const { first, code, whole } = bundles[entry];
    assertLess(first, MOST_FIRST[entry], entry);
    assertLess(code, first + MOST_LATER[entry], entry);
    assertLess(whole, code + MOST_TIERS, entry);
  }
});

Deno.test("the bundle of an application that trains stays small", () => {
  assertLess(application, MOST_APPLICATION);
});

Deno.test("each WASM tier stays small", () => {
  assertEquals(Object.keys(tiers).sort(), ["relaxed.wasm", "scalar.wasm", "simd.wasm"]);
  for (const [tier, bytes] of Object.entries(tiers)) assertLess(bytes, MOST_TIER, tier);
});

Deno.test("./webgpu holds no WASM, and the others hold theirs", () => {
  assertEquals(bundles["./webgpu"].whole, bundles["./webgpu"].code);
  for (const entry of [".", "./wasm"] as const) {
    assertLess(20_000, bundles[entry].whole - bundles[entry].code, entry);
  }
});

Deno.test("importing, and the first encode, take no time to speak of", () => {
  assertLess(start.importing, MOST_MILLISECONDS.importing);
  assertLess(start.firstEncode, MOST_MILLISECONDS.firstEncode);
});
