/** When the browser example says that the difference shows, and how it says it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { narrate } from "../../examples/browser/src/narration.ts";
import { outcomes, tally } from "../../examples/browser/src/outcome.ts";
import { DEFAULTS } from "../../examples/browser/src/settings.ts";
import { differenceShows, headline } from "../../examples/browser/src/verdict.ts";
import { model, snapshot, withCosines } from "./browser_models.ts";

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
  const early = headline(snapshot(model(0.7, 0.9), model(1, 1)));
  assertEquals(
    early[0].text,
    "So far: when a child is present, the vanilla SAE misses its parent in ",
  );
});

Deno.test("a feature is kept, absorbed or not learnt", () => {
  // A latent that points along two directions alike has a cosine of √½ with each.
  const absorbing = model(1, 0, withCosines(Math.SQRT1_2, Math.SQRT1_2));
  const cases = [
    { of: model(1, 1), parents: "kept", children: "kept" },
    { of: absorbing, parents: "absorbed", children: "absorbed" },
    // The parent's latent is silent, but no child's latent stands in for it.
    { of: model(1, 0), parents: "absorbed", children: "kept" },
    { of: model(0.5, 1), parents: "learning", children: "kept" },
    { of: model(NaN, NaN, withCosines(0.3, 0)), parents: "learning", children: "learning" },
  ] as const;
  for (const { of, parents, children } of cases) {
    const counts = tally(outcomes(of));
    assertEquals(counts.parents[parents], 3, parents);
    assertEquals(counts.children[children], 9, children);
  }
  assertEquals(outcomes(model(1, 1, withCosines(0.3, 0)))[19], "learning");
});

Deno.test("each stage has its sentence", () => {
  const say = (vanilla: number, matryoshka: number, alone = 1, prefixes = 10) =>
    narrate(
      snapshot(model(1, vanilla), model(alone, matryoshka)),
      { ...DEFAULTS, prefixes },
      undefined,
    );
  assertEquals(say(0, 0, 0.2).key, "learning");
  assertStringIncludes(
    say(0, 0, 0.2).text,
    "vanilla SAE has latents for 12, the Matryoshka SAE for 9.",
  );
  assertEquals(say(0, 1).key, "apart");
  assertEquals(say(0, 0).key, "both absorb");
  assertStringIncludes(say(0, 0).text, "In both, a parent’s latent falls silent");
  assertStringIncludes(say(0, 0, 1, 1).text, "With one prefix, the Matryoshka SAE is an ordinary");
  assertEquals(say(1, 1).key, "both keep");
  assertEquals(say(1, 0.2).key, "mixed");
  assertStringIncludes(say(1, 0.2).text, "keeps 3 of 3 parents active, the Matryoshka SAE 0.");
});

Deno.test("the sentence says when the difference was first seen", () => {
  const later = { ...DIFFERENT, step: 5000, seconds: 9 };
  const { when } = narrate(later, DEFAULTS, DIFFERENT);
  assertEquals(when, "Seen after 2.3\u202fs of training, 1,600 steps of each.");
});
