/** The settings of the browser example: in links, on their steps, and as the library understands them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  DEFAULTS,
  fromHash,
  NAMES,
  SETTINGS,
  snap,
  startsOver,
  toHash,
} from "../../examples/browser/src/settings.ts";
import { correlation, FEATURES, PARENTS, worldOf } from "../../examples/browser/src/world.ts";
import { Random, ToyTree } from "../../mod.ts";

Deno.test("a link holds all settings", () => {
  const settings = { parents: 20, children: 85, l0: 2.07, prefixes: 3, latents: 33, seed: 4711 };
  assertEquals(toHash(settings), "#parents=20&children=85&l0=2.07&prefixes=3&latents=33&seed=4711");
  assertEquals(fromHash(toHash(settings)), { settings, complaints: [] });
  assertEquals(fromHash(""), { settings: DEFAULTS, complaints: [] });
  assertEquals(fromHash("#seed=7").settings, { ...DEFAULTS, seed: 7 });
});

Deno.test("what a link holds in vain is named, and the initial value taken", () => {
  for (const hash of ["#latents=1000", "#latents=", "#latents=many", "#latents=NaN"]) {
    const { settings, complaints } = fromHash(hash);
    assertEquals(settings, DEFAULTS, hash);
    assertEquals(complaints.length, 1, hash);
    assertStringIncludes(complaints[0], `Cannot use “${hash.slice(1)}” of the link`);
    assertStringIncludes(complaints[0], "latents must be from 8 to 40, so it is 20.");
  }
  assertEquals(fromHash("#latnets=9").complaints, [
    "Cannot use “latnets” of the link: there is no such setting.",
  ]);
});

Deno.test("values move onto the steps of their slider", () => {
  assertEquals(snap("children", 61), 60);
  assertEquals(snap("children", 200), 95);
  assertEquals(snap("l0", 1.2338), 1.23);
  for (const name of NAMES) assertEquals(snap(name, DEFAULTS[name]), DEFAULTS[name], name);
  // Every value of the finest slider survives its way through a link.
  for (let l0 = 0.4; l0 <= 3; l0 += 0.01) {
    const settings = { ...DEFAULTS, l0: snap("l0", l0) };
    assertEquals(fromHash(toHash(settings)).settings, settings);
  }
});

Deno.test("only latents and seed start over", () => {
  const restarting = NAMES.filter((name) => {
    return startsOver(DEFAULTS, { ...DEFAULTS, [name]: SETTINGS[name].most });
  });
  assertEquals(restarting, ["latents", "seed"]);
});

Deno.test("the page knows the features as ToyTree orders them", () => {
  const tree = ToyTree.create();
  assertEquals(PARENTS, tree.parents);
  assertEquals(FEATURES.length, tree.featureCount);
  assertEquals(tree.parentProbability, DEFAULTS.parents / 100);
  assertEquals(tree.childProbability, DEFAULTS.children / 300);
  assertEquals(worldOf(DEFAULTS).prefixes, [3, 6, 13, 20]);
  assertEquals(worldOf({ ...DEFAULTS, latents: 8 }).prefixes, [3, 6, 8]);
});

Deno.test("the correlation shown is that of the samples", () => {
  const rows = 40_000;
  for (
    const { parents, children } of [{ parents: 15, children: 60 }, { parents: 30, children: 95 }]
  ) {
    const tree = ToyTree.create({
      parentProbability: parents / 100,
      childProbability: children / 300,
    });
    const { features } = tree.sample(rows, Random.fromSeed(1));
    let [withParent, withChild] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const [parent, ...of] = features.subarray(row * 20, row * 20 + 4);
      withParent += parent;
      withChild += of.reduce((a, b) => a + b);
    }
    const [p, q] = [withParent / rows, withChild / rows];
    const measured = (q - p * q) / Math.sqrt(p * (1 - p) * q * (1 - q));
    // The standard error of a correlation is at most 1/√rows; five of them.
    assert(Math.abs(measured - correlation({ parents, children })) < 5 / Math.sqrt(rows));
  }
});
