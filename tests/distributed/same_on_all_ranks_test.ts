import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { checkSameOnAllRanks, type Communicator, runRanks } from "../../mod.ts";

/** Returns what every rank throws. */
function messages(records: readonly Record<string, unknown>[]): Promise<string[]> {
  return runRanks(records.length, async (communicator: Communicator) => {
    try {
      await checkSameOnAllRanks(communicator, records[communicator.rank], "train");
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  });
}

Deno.test("equal records pass, whatever the order of their names and the names that are undefined", async () => {
  const records = [
    { version: "1.2", options: { steps: 3, prefixes: [1, 2], seed: undefined }, rows: null },
    { rows: null, options: { prefixes: [1, 2], steps: 3 }, version: "1.2" },
  ];
  assertEquals(await messages(records), ["", ""]);
  assertEquals(await messages([{ alone: 1 }]), [""]);
  assertEquals(await messages([{}, {}]), ["", ""]);
});

const CASES: [string, Record<string, unknown>[], string][] = [
  [
    "a value",
    [{ a: 1, b: "x" }, { a: 1, b: "x" }, { a: 1, b: "ü" }],
    'b … "x" on rank 0 and "ü" on rank 2',
  ],
  [
    "a nested value",
    [{ options: { k: 1 } }, { options: { k: 2 } }],
    "options.k … 1 on rank 0 and 2 on rank 1",
  ],
  ["a missing value", [{ a: 1 }, { a: 1, k: 2 }], "k … not given on rank 0 and 2 on rank 1"],
  ["lists", [{ a: [1, 2] }, { a: [1, 3] }], "a … [1,2] on rank 0 and [1,3] on rank 1"],
  [
    "the first rank of several",
    [{ a: 1 }, { a: 1 }, { a: 3 }, { a: 4 }],
    "a … 1 on rank 0 and 3 on rank 2",
  ],
];
for (const [title, records, wanted] of CASES) {
  Deno.test(`a difference is named on every rank: ${title}`, async () => {
    const message = `Cannot train: ${wanted.replace("…", "must be the same on all ranks but is")}`;
    assertEquals(await messages(records), records.map(() => message));
  });
}

Deno.test("long values are cut around their difference", async () => {
  const long = (value: number) => ({
    shares: Array.from({ length: 200 }, (_, i) => i === 100 ? value : 7),
  });
  const [message] = await messages([long(8), long(9)]);
  assertMatch(message, /but is …[7,]+8[7,]+… on rank 0 and …[7,]+9[7,]+… on rank 1$/);
  assertEquals(message.length < 300, true);
});

Deno.test("a rank that does not come keeps no other waiting", async () => {
  await assertRejects(
    () =>
      runRanks(2, async (communicator) => {
        if (communicator.rank === 1) throw new Error("no data");
        await checkSameOnAllRanks(communicator, {});
      }),
    Error,
    "no data",
  );
});
