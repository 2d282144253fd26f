/** Changes drawn at random, for fuzz tests. */
import fc from "fast-check";
import type { Mutation, Place } from "./mutations.ts";

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ start: fc.nat(300) }),
  fc.record({ end: fc.nat(500) }),
  fc.record({ fraction: fc.double({ min: 0, max: 1, noNaN: true }) }),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
const EXTREMES = [0n, 1n, 127n, 255n, 65535n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n];
const number = fc.oneof(fc.constantFrom(...EXTREMES, -1n, -(2n ** 63n)), fc.bigInt(0n, 2000n));
const TEXTS = [
  "",
  "0",
  "-1",
  "1e9",
  "4294967296",
  "99999999999999999999",
  "null",
  "[]",
  "{}",
  '"a"',
];
/** Any change: bytes, numbers at their limits, cuts, repetitions, other digits. */
export const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), place, bytes }),
  fc.record({ kind: fc.constant("insert" as const), place, bytes }),
  fc.record({
    kind: fc.constant("number" as const),
    place,
    width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    value: number,
  }),
  fc.record({ kind: fc.constant("cut" as const), place }),
  fc.record({
    kind: fc.constant("remove" as const),
    place,
    length: fc.integer({ min: 1, max: 64 }),
  }),
  fc.record({
    kind: fc.constant("repeat" as const),
    place,
    length: fc.integer({ min: 1, max: 200 }),
  }),
  fc.record({ kind: fc.constant("copy" as const), place, to: place, length: fc.nat(64) }),
  fc.record({
    kind: fc.constant("digits" as const),
    index: fc.nat(200),
    text: fc.constantFrom(...TEXTS),
  }),
);
