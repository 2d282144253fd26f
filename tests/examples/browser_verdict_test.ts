/** When the browser example says that the difference shows, and how it says it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ModelSnapshot, Snapshot } from "../../examples/browser/src/protocol.ts";
import { detail, differenceShows, headline } from "../../examples/browser/src/verdict.ts";

function model(parentActiveAlone: number, parentActiveWhenChild: number): ModelSnapshot {
  return {
    loss: 1,
    perPrefix: [],
    latents: [],
    cosines: new Float32Array(),
    meanCosine: 0,
    parentActiveWhenChild,
    parentActiveAlone,
    perChild: [],
  };
}

function snapshot(vanilla: ModelSnapshot, matryoshka: ModelSnapshot): Snapshot {
  return { step: 1600, seconds: 2.34, vanilla, matryoshka };
}

const DIFFERENT = snapshot(model(1, 0.03), model(0.98, 0.99));

Deno.test("the difference shows when only vanilla loses parents that it has learnt", () => {
  assert(differenceShows(DIFFERENT));
});

Deno.test("no difference shows while a latent misses parents without children", () => {
  assert(!differenceShows(snapshot(model(0.5, 0), model(1, 1))));
  assert(!differenceShows(snapshot(model(1, 0), model(0.5, 1))));
  assert(!differenceShows(snapshot(model(NaN, 0), model(1, 1))));
});

Deno.test("no difference shows if both lose the parents, neither does, or only Matryoshka does", () => {
  for (const [vanilla, matryoshka] of [[0, 0], [1, 1], [1, 0], [0.6, 1]]) {
    assert(!differenceShows(snapshot(model(1, vanilla), model(1, matryoshka))));
  }
});

Deno.test("the headline states the shares of rows in which the parent is missed", () => {
  assertEquals(
    headline(DIFFERENT).map(({ text }) => text).join(""),
    "When a child is present, the vanilla SAE misses its parent in 97\u202f% of the rows, " +
      "the Matryoshka SAE in 1\u202f% of the rows.",
  );
  const early = headline(snapshot(model(1, 0.9), model(1, 1)));
  assertEquals(
    early[0].text,
    "So far: when a child is present, the vanilla SAE misses its parent in ",
  );
});

Deno.test("the sentence below the headline says when the difference showed", () => {
  assertStringIncludes(detail(DIFFERENT, undefined), "Still learning");
  assertStringIncludes(
    detail(DIFFERENT, DIFFERENT),
    "after 2.3\u202fs of training (1,600 steps of each)",
  );
});
