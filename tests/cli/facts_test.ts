import { assertEquals } from "@std/assert";
import { factsOf } from "../../cli/report/facts.ts";

const shard = (i: number) => ({
  name: `part-${i}.npz`,
  format: "npz",
  tensor: "activations",
  dtype: "F16",
  rows: 57_344,
});

Deno.test("the files of a run are listed in words, the first eight of many", () => {
  assertEquals(
    factsOf({ rows: 114_688, shards: [shard(1), { ...shard(2), shape: [448, 128, 768] }] }),
    [
      ["rows", "114,688"],
      [
        "shards",
        "part-1.npz (npz, activations, F16, rows 57,344); " +
        "part-2.npz (npz, activations, F16, rows 57,344, shape [448, 128, 768])",
      ],
    ],
  );
  const [[, many]] = factsOf({ shards: Array.from({ length: 1000 }, (_, i) => shard(i)) });
  assertEquals(many.split("; ").length, 8);
  assertEquals(many.endsWith(") and 992 more"), true);
});

Deno.test("facts of nested objects, lists and switches are plain text", () => {
  assertEquals(factsOf({ a: { b: true, c: [1, 2000] }, none: null, list: [{ x: { y: 1 } }, {}] }), [
    ["a.b", "yes"],
    ["a.c", "1, 2,000"],
    ["list", "x (y 1); "],
  ]);
});
