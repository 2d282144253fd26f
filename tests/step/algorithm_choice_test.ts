/** The room that the sparse algorithm gets. */
import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { resolveLoss } from "../../src/step/loss_options.ts";
import { AlgorithmChoice, askedAlgorithm } from "../../src/step/algorithm_choice.ts";

const N = 8192;

/** A choice that began densely, after these densities. */
function choiceAfter(...l0s: number[]): AlgorithmChoice {
  const loss = resolveLoss({ penalty: { kind: "none" } }, N, "test");
  const choice = new AlgorithmChoice("auto", loss, N);
  for (const l0 of l0s) choice.observe(l0);
  return choice;
}

Deno.test("AlgorithmChoice makes room for half as many again, and little more", () => {
  for (let l0 = 0; l0 < N / 10; l0 += 0.25) {
    const room = choiceAfter(l0).roomFor(1)!;
    assert(Number.isInteger(room) && room >= 1.5 * l0 + 1, `${l0}: ${room}`);
    // Eight rooms to an octave: rounded up by less than an eighth, or by less than one.
    assertLess(room, Math.max((1.5 * l0 + 1) * 1.125, 1.5 * l0 + 2), `${l0}`);
  }
  assertEquals(choiceAfter(800).roomFor(3), 3 * 1280);
  assertEquals(choiceAfter(1000).roomFor(1), undefined);
});

Deno.test("AlgorithmChoice changes the room seldom, however the density drifts", () => {
  const choice = choiceAfter(800);
  let changes = 0;
  // Down to 10, and up again.
  for (let l0 = 800; l0 > 10; l0 *= 0.99) if (choice.observe(l0)) changes++;
  assertEquals(changes, Math.floor(Math.log(80) / Math.log(4)));
  for (let l0 = 10; l0 < 800; l0 *= 1.01) {
    if (choice.observe(l0)) changes++;
    assert(choice.roomFor(1)! >= 1.2 * l0);
  }
  assertLess(changes, 40);
});

Deno.test("AlgorithmChoice forgets the room of an earlier sparse stretch", () => {
  const choice = choiceAfter(400, 1600, 2000, 20);
  assertEquals(choice.roomFor(1), 32);
  assertEquals(choiceAfter(400, 1600, 2000).roomFor(1), undefined);
  // Dense, it remembers what a resumed choice would.
  const restored = choiceAfter();
  restored.restore(choiceAfter(400, 2000).state(), "test");
  for (const each of [restored, choiceAfter(400, 2000)]) {
    assert(each.observe(700));
    assertEquals(each.roomFor(1), 1152);
  }
});

Deno.test("askedAlgorithm() accepts the former name, path, but not both with different values", () => {
  const warnings: unknown[] = [], { warn } = console;
  console.warn = (...words: unknown[]) => warnings.push(words);
  try {
    assertEquals(askedAlgorithm({ path: "sparse" }, "test"), "sparse");
    assertEquals(askedAlgorithm({ path: "dense" }, "test"), "dense");
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings.length, 1);
  const both = { algorithm: "dense", path: "sparse" } as const;
  assertThrows(() => askedAlgorithm(both, "test"), RangeError, "its former name");
});
