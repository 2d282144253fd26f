import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkKeys } from "../../src/base/known_keys.ts";

const KNOWN = ["learningRate", "prefixWeights", "beta1", "beta2", "k"];

/** Returns the message about a key that is not in `KNOWN`. */
function refusal(key: string, owner?: string): string {
  return assertThrows(() => checkKeys({ [key]: 1 }, KNOWN, "do it", owner), TypeError).message;
}

Deno.test("checkKeys() accepts known keys, all or none of them, and undefined values", () => {
  checkKeys({}, KNOWN, "do it");
  checkKeys({}, [], "do it");
  checkKeys({ learningRate: undefined, k: 3 }, KNOWN, "do it");
});

Deno.test("checkKeys() suggests the known key that an unknown one resembles", async (t) => {
  const cases = [
    ["learningrate", "learningRate"],
    ["learning_rate", "learningRate"],
    ["learnRate", "learningRate"],
    ["lerningRat", "learningRate"],
    ["weights", "prefixWeights"],
    ["beta3", "beta1"],
    ["K", "k"],
  ];
  for (const [key, name] of cases) {
    await t.step(`${key}: ${name}`, () => {
      const expected = `Cannot do it: there is no option "${key}"; did you mean ${name}?`;
      assertThrows(() => checkKeys({ [key]: 1 }, KNOWN, "do it"), TypeError, expected);
    });
  }
});

Deno.test("checkKeys() lists the known keys where none resembles the unknown one", () => {
  const list = "the options are learningRate, prefixWeights, beta1, beta2, k";
  assertEquals(refusal("momentum"), `Cannot do it: there is no option "momentum"; ${list}`);
  const none = assertThrows(() => checkKeys({ a: 1 }, [], "do it"), TypeError).message;
  assert(none.endsWith("there are none"), none);
});

Deno.test("checkKeys() refuses an unknown key even if its value is undefined", () => {
  assertThrows(() => checkKeys({ rate: undefined }, KNOWN, "do it"), TypeError, '"rate"');
});

Deno.test("checkKeys() names the owner of the options if it is given", () => {
  const message = refusal("threshold", 'activation "relu"');
  assert(message.startsWith('Cannot do it: activation "relu" has no option "threshold"'), message);
});

Deno.test("checkKeys() cuts keys that are too long to read", () => {
  const message = refusal("x".repeat(10_000));
  assert(message.length < 300, `${message.length} characters`);
});
