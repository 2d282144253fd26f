import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { BUCKETS, type Point, spaced, thinned } from "../../cli/report/thinning.ts";

const values = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true, min: -1e3, max: 1e3 }) }, {
    weight: 1,
    arbitrary: fc.constantFrom(NaN, Infinity),
  }),
  { minLength: 1, maxLength: 300 },
);

Deno.test("thinned() keeps the first, the last and every bucket's extremes, in order", () => {
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 12 }), (all, buckets) => {
    const points: Point[] = all.map((value, i) => ({ step: 3 * i + 1, value }));
    const kept = thinned(points, buckets);
    assert(kept.length <= Math.max(4 * buckets, 1));
    assertEquals([kept[0], kept.at(-1)], [points[0], points.at(-1)]);
    assert(kept.every((point, i) => i === 0 || kept[i - 1].step < point.step));
    const finite = (of: Point[]) => of.map(({ value }) => value).filter(Number.isFinite);
    assertEquals(Math.max(...finite(kept)), Math.max(...finite(points)));
    assertEquals(Math.min(...finite(kept)), Math.min(...finite(points)));
  }));
});

Deno.test("thinned() leaves short curves whole and bounds long ones", () => {
  const points = Array.from({ length: 200_000 }, (_, i) => ({ step: i, value: Math.sin(i) }));
  assertEquals(thinned(points.slice(0, 4 * BUCKETS)), points.slice(0, 4 * BUCKETS));
  assertLess(thinned(points).length, 4 * BUCKETS + 1);
});

Deno.test("spaced() keeps both ends", () => {
  assertEquals(spaced([1, 2, 3], 5), [1, 2, 3]);
  assertEquals(spaced([...Array(101).keys()], 5), [0, 25, 50, 75, 100]);
});
