import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ToyTree } from "../../src/data/toy_tree.ts";
import { Random } from "../../src/base/random.ts";

const ROWS = 60_000;
const tree = ToyTree.create({ seed: 3 });
const { batch, features } = tree.sample(ROWS, Random.fromSeed(3, 1));
const on = (row: number, feature: number) => features[row * tree.featureCount + feature];

/** Asserts a share of n within five binomial deviations of p. */
function assertShare(count: number, n: number, p: number, what: string): void {
  const share = count / n;
  assert(Math.abs(share - p) < 5 * Math.sqrt(p * (1 - p) / n), `${what}: ${share} is not ${p}`);
}

function count(condition: (row: number) => boolean): number {
  let n = 0;
  for (let row = 0; row < ROWS; row++) if (condition(row)) n++;
  return n;
}

Deno.test("the toy tree orders each parent before its children and the independent features last", () => {
  assertEquals(tree.featureCount, 20);
  assertEquals(tree.parents, [
    { parent: 0, children: [1, 2, 3] },
    { parent: 4, children: [5, 6, 7] },
    { parent: 8, children: [9, 10, 11] },
  ]);
});

Deno.test("parents are active at 0.15, children at 0.2 of that, independent features at 0.05", () => {
  for (const { parent, children } of tree.parents) {
    const parentCount = count((row) => on(row, parent) === 1);
    assertShare(parentCount, ROWS, 0.15, `parent ${parent}`);
    for (const child of children) {
      assertShare(count((row) => on(row, child) === 1), parentCount, 0.2, `child ${child}`);
    }
  }
  for (let i = 12; i < 20; i++) {
    assertShare(count((row) => on(row, i) === 1), ROWS, 0.05, `independent ${i}`);
  }
});

Deno.test("a child is active only with its parent, and never with a sibling", () => {
  for (const { parent, children } of tree.parents) {
    for (let row = 0; row < ROWS; row++) {
      const active = children.reduce((sum, child) => sum + on(row, child), 0);
      assert(active <= on(row, parent), `row ${row}: ${active} children of parent ${parent}`);
    }
  }
});

Deno.test("the trees and the independent features are active independently of each other", () => {
  for (const [a, b] of [[0, 4], [0, 8], [4, 8], [0, 12], [12, 13]]) {
    const p = (a < 12 ? 0.15 : 0.05) * (b < 12 ? 0.15 : 0.05);
    assertShare(count((row) => on(row, a) + on(row, b) === 2), ROWS, p, `${a} with ${b}`);
  }
});

Deno.test("the mean number of active features is expectedL0 = 1.12", () => {
  assert(Math.abs(tree.expectedL0 - 1.12) < 1e-12);
  // Variance: 8·0.05·0.95 and, per tree, 0.06·1² + 0.09·2² − 0.24² = 0.3624; in all 1.4672.
  const mean = features.reduce((sum, value) => sum + value, 0) / ROWS;
  assert(Math.abs(mean - 1.12) < 5 * Math.sqrt(1.4672 / ROWS), `mean ${mean}`);
});

Deno.test("other probabilities of parents and children change the samples, not the directions", () => {
  const options = { seed: 3, parentProbability: 0.3, childProbability: 1 / 3 };
  const other = ToyTree.create(options);
  assertEquals(other.directions, tree.directions);
  assert(Math.abs(other.expectedL0 - (3 * 0.3 * 2 + 8 * 0.05)) < 1e-12);
  const { features } = other.sample(ROWS, Random.fromSeed(3, 1));
  const isOn = (row: number, feature: number) => features[row * other.featureCount + feature] === 1;
  for (const { parent, children } of other.parents) {
    const parentCount = count((row) => isOn(row, parent));
    assertShare(parentCount, ROWS, 0.3, `parent ${parent}`);
    for (const child of children) {
      assertShare(count((row) => isOn(row, child)), parentCount, 1 / 3, `child ${child}`);
    }
    // A parent's children share all of its rows.
    const childless = (row: number) => isOn(row, parent) && !children.some((c) => isOn(row, c));
    assertEquals(count(childless), 0);
  }
});

Deno.test("without children, or without parents, the toy tree has none", () => {
  const childless = ToyTree.create({ childProbability: 0 });
  const parentless = ToyTree.create({ parentProbability: 0 });
  const { features: a } = childless.sample(500, Random.fromSeed(1));
  const { features: b } = parentless.sample(500, Random.fromSeed(1));
  for (const { parent, children } of tree.parents) {
    for (let row = 0; row < 500; row++) {
      for (const child of children) assertEquals(a[row * 20 + child], 0);
      for (const feature of [parent, ...children]) assertEquals(b[row * 20 + feature], 0);
    }
  }
});

Deno.test("directions are orthogonal to float32 rounding, with norms spread by 0.05 about 1", () => {
  for (const inputSize of [20, 33]) {
    const norms: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const { directions: D } = ToyTree.create({ seed, inputSize });
      assertEquals(D.length, 20 * inputSize);
      for (let i = 0; i < 20; i++) {
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let k = 0; k < inputSize; k++) dot += D[i * inputSize + k] * D[j * inputSize + k];
          if (i === j) norms.push(Math.sqrt(dot));
          // Storage rounds each entry by 2⁻²⁴ of itself, twice over; norms are below 1.25.
          else assert(Math.abs(dot) < 2 * 2 ** -24 * 1.25 ** 2, `${i}·${j} is ${dot}`);
        }
      }
    }
    const n = norms.length;
    const mean = norms.reduce((sum, norm) => sum + norm, 0) / n;
    const deviation = Math.sqrt(norms.reduce((sum, norm) => sum + (norm - mean) ** 2, 0) / n);
    assert(Math.abs(mean - 1) < 5 * 0.05 / Math.sqrt(n), `mean norm ${mean}`);
    assert(Math.abs(deviation - 0.05) < 5 * 0.05 / Math.sqrt(2 * n), `deviation ${deviation}`);
  }
});

Deno.test("a sample is the sum of its active directions", () => {
  const d = tree.inputSize;
  for (let row = 0; row < 500; row++) {
    for (let k = 0; k < d; k++) {
      let sum = 0;
      for (let i = 0; i < 20; i++) sum += on(row, i) * tree.directions[i * d + k];
      // At most 14 additions in float32 of values below 1.25.
      assert(Math.abs(batch[row * d + k] - sum) <= 14 * 14 * 1.25 * 2 ** -24);
    }
  }
});

Deno.test("the same seeds give the same tree and samples, and other seeds do not", () => {
  const again = ToyTree.create({ seed: 3 });
  assertEquals(again.directions, tree.directions);
  const first = again.sample(50, Random.fromSeed(5));
  assertEquals(first, tree.sample(50, Random.fromSeed(5)));
  assertNotEquals(first.features, tree.sample(50, Random.fromSeed(6)).features);
  assertNotEquals(ToyTree.create({ seed: 4 }).directions, tree.directions);
  assertEquals(ToyTree.create().directions, ToyTree.create({ seed: 0, inputSize: 20 }).directions);
});

Deno.test("batches() yields endless samples from one generator", async () => {
  const random = Random.fromSeed(9);
  let n = 0;
  for await (const batch of tree.batches(16, Random.fromSeed(9))) {
    assertEquals(batch, tree.sample(16, random).batch);
    if (++n === 5) break;
  }
  assertEquals(n, 5);
});

Deno.test("the toy tree refuses too small inputs, impossible probabilities and impossible row counts", () => {
  for (const inputSize of [19, 20.5, NaN]) {
    assertThrows(
      () => ToyTree.create({ inputSize }),
      RangeError,
      `Cannot create the toy tree: inputSize must be an integer of at least 20 but is ${inputSize}`,
    );
  }
  assertThrows(
    () => ToyTree.create({ parentProbability: 1.1 }),
    RangeError,
    "Cannot create the toy tree: parentProbability must be from 0 to 1 but is 1.1",
  );
  assertThrows(
    () => ToyTree.create({ childProbability: 0.4 }),
    RangeError,
    "Cannot create the toy tree: childProbability must be from 0 to 0.3333333333333333 but is 0.4",
  );
  for (const rows of [0, -1, 1.5]) {
    assertThrows(
      () => tree.sample(rows, Random.fromSeed(1)),
      RangeError,
      `Cannot sample the toy tree: rows must be an integer of at least 1 but is ${rows}`,
    );
  }
  assertThrows(
    () => tree.sample(2, Math.random as unknown as Random),
    TypeError,
    "Cannot sample the toy tree: random must be a Random but is a function",
  );
});
