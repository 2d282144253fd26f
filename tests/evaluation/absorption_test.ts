import { assertEquals, assertThrows } from "@std/assert";
import { codesFromDense } from "../../src/model/codes.ts";
import { ToyTree } from "../../src/data/toy_tree.ts";
import {
  type AbsorptionOptions,
  measureAbsorption,
} from "../../src/evaluation/metrics/absorption.ts";
import { Random } from "../../src/base/random.ts";

const ROWS = 2000;
const F = 20;
const tree = ToyTree.create({ seed: 1 });
const { features } = tree.sample(ROWS, Random.fromSeed(1, 1));
const identity = Array.from({ length: F }, (_, f) => f);

/** Activations whose latent f is on where `on` says so, given feature f and the children of f. */
function activate(on: (active: boolean, childActive: boolean) => boolean): Float32Array {
  const activations = Float32Array.from(features);
  for (let b = 0; b < ROWS; b++) {
    for (const { parent, children } of tree.parents) {
      const childActive = children.some((child) => features[b * F + child] === 1);
      const active = features[b * F + parent] === 1;
      activations[b * F + parent] = on(active, childActive) ? 1 : 0;
    }
  }
  return activations;
}

function measure(activations: Float32Array, latents = identity) {
  const codes = { rows: ROWS, latentCount: F, activations };
  return measureAbsorption({ codes, features, latents, parents: tree.parents });
}

Deno.test("latents equal to the features show no absorption", () => {
  const { parentActiveWhenChild, absorption, parentActiveAlone } = measure(activate((on) => on));
  assertEquals([parentActiveWhenChild, absorption, parentActiveAlone], [1, 0, 1]);
});

Deno.test("parents whose latents are inactive with a child are absorbed, even if active alone", () => {
  const absorbed = measure(activate((on, child) => on && !child));
  const { parentActiveWhenChild, absorption, parentActiveAlone } = absorbed;
  assertEquals([parentActiveWhenChild, absorption, parentActiveAlone], [0, 1, 1]);
});

Deno.test("parentActiveAlone distinguishes a dead parent latent from an absorbed one", () => {
  const { absorption, parentActiveAlone } = measure(activate(() => false));
  assertEquals([absorption, parentActiveAlone], [1, 0]);
});

Deno.test("the share is over pairs of a row and a parent with an active child", () => {
  // Rows: child with parent's latent; child without it; two parents with children, one latent on; parent alone.
  const parents = [{ parent: 0, children: [1, 2] }, { parent: 3, children: [4] }];
  const result = measureAbsorption({
    features: Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0),
    codes: {
      rows: 4,
      latentCount: 2,
      activations: Float32Array.of(0, 0.1, 3, 0, 0, 5, 0, 2),
    },
    latents: [1, -1, -1, 0, -1],
    parents,
  });
  assertEquals(result, {
    childCount: 4,
    parentActiveWhenChild: 0.5,
    absorption: 0.5,
    parentActiveAlone: 1,
  });
});

Deno.test("latents are looked up through the matching, and an unmatched parent is never active", () => {
  const reversed = Float32Array.from(features, (_, i) => features[i - i % F + F - 1 - i % F]);
  assertEquals(measure(reversed, identity.toReversed()).parentActiveWhenChild, 1);
  assertEquals(measure(reversed, identity.map(() => -1)).parentActiveWhenChild, 0);
});

Deno.test("sparse codes and dense activations show the same absorption", () => {
  const random = Random.fromSeed(4);
  const activations = activate((on, child) => on && (!child || random.uniform() < 0.3));
  const codes = codesFromDense(ROWS, F, activations);
  const sparse = measureAbsorption({ codes, features, latents: identity, parents: tree.parents });
  assertEquals(sparse, measure(activations));
});

Deno.test("absorption refuses shapes that disagree and samples without children", () => {
  const good: AbsorptionOptions = {
    codes: { rows: 1, latentCount: 2, activations: new Float32Array(2) },
    features: Uint8Array.of(1, 1),
    latents: [0, 1],
    parents: [{ parent: 0, children: [1] }],
  };
  measureAbsorption(good);
  const cases: [Partial<AbsorptionOptions>, string][] = [
    [{ features: new Uint8Array(3) }, "1 rows of 2 features need 2 values but there are 3"],
    [{ latents: [0, 2] }, "the latent of feature 1 must be from −1 to 1 but is 2"],
    [{ parents: [{ parent: 0, children: [2] }] }, "a feature must be from 0 to 1 but is 2"],
    [{ features: Uint8Array.of(1, 0) }, "at least 1 sample must have an active child but 0 of 1"],
  ];
  for (const [change, message] of cases) {
    assertThrows(
      () => measureAbsorption({ ...good, ...change }),
      RangeError,
      `Cannot measure absorption: ${message}`,
    );
  }
});
