/** Sums over pairs: exact while there is room, and within the stated bound without it. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { Random } from "../../mod.ts";
import { PairTable } from "../../src/exploration/pair_table.ts";

const FIRSTS = 40, SECONDS = 500;

/** Fills a table with random pairs, few of them frequent, and returns the true counts. */
function filled(most: number) {
  const rows = new Float64Array(FIRSTS);
  const counts = new Map<string, number>();
  const table = new PairTable(2, most, (i) => rows[i]);
  const random = Random.fromSeed(6);
  for (let n = 0; n < 60_000; n++) {
    const i = Math.floor(FIRSTS * random.uniform()),
      j = Math.floor(SECONDS * random.uniform() ** 4);
    rows[i]++;
    counts.set(`${i} ${j}`, (counts.get(`${i} ${j}`) ?? 0) + 1);
    const at = table.count(i, j), { sums } = table;
    sums[at] += 1;
    sums[at + 1] += j;
  }
  return { table, rows, counts };
}

Deno.test("with room for all pairs every count and sum is exact", () => {
  const { table, counts } = filled(FIRSTS * SECONDS);
  assertEquals([table.size, table.undercount], [counts.size, 0]);
  table.forEach((i, j, count, at) => {
    assertEquals(count, counts.get(`${i} ${j}`));
    assertEquals([...table.sums.subarray(at, at + 2)], [count, count * j]);
  });
});

Deno.test("without room the frequent pairs stay, and no count is too low by more than it says", () => {
  const most = 2000;
  const { table, rows, counts } = filled(most);
  assert(table.undercount > 0 && table.undercount < 0.1, `${table.undercount}`);
  assertLess(table.size, most + 1);
  const found = new Map<string, number>();
  table.forEach((i, j, count, at) => {
    found.set(`${i} ${j}`, count);
    // Sums follow their pairs to other slots, and begin anew with them.
    assertEquals([...table.sums.subarray(at, at + 2)], [count, count * j]);
  });
  assertEquals(found.size, table.size);
  for (const [pair, count] of counts) {
    const lost = count - (found.get(pair) ?? 0);
    assert(lost >= 0 && lost <= table.undercount * rows[Number(pair.split(" ")[0])], pair);
  }
});
