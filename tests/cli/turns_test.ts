/** Consumers of one source: one at a time, each item read once. */
import { assertEquals, assertRejects } from "@std/assert";
import { RowsInTurn } from "../../cli/sweep/rows_in_turn.ts";
import { Turns } from "../../cli/sweep/turns.ts";
import { RowError } from "../../mod.ts";

/** A source of the numbers below `count`, and what happens in its order. */
function watched(count: number, fails = false) {
  const log: string[] = [];
  async function* source() {
    try {
      for (let i = 0; i < count; i++) {
        log.push(`read ${i}`);
        yield i;
      }
      if (fails) throw new RangeError("broken");
    } finally {
      log.push("closed");
    }
    await Promise.resolve();
  }
  return { log, source: source() };
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

Deno.test("each item is read once, and consumers work on it one after the other", async () => {
  const { log, source } = watched(2);
  const rounds: number[] = [];
  const turns = new Turns(source, { skips: [0, 0, 0], afterRound: (items) => rounds.push(items) });
  const consume = async (index: number) => {
    const turn = turns.of(index);
    for await (const item of turn.items) {
      log.push(`${index} begins ${item}`);
      await pause();
      log.push(`${index} ends ${item}`);
    }
    turn.leave();
  };
  await Promise.all([0, 1, 2].map(consume));
  await turns.ended;
  const round = (item: number) =>
    [0, 1, 2].flatMap((index) => [`${index} begins ${item}`, `${index} ends ${item}`]);
  assertEquals(log, ["read 0", ...round(0), "read 1", ...round(1), "closed"]);
  assertEquals([rounds, turns.items], [[1, 2], 2]);
});

Deno.test("consumers that are ahead skip items, and one that leaves does not hold up the others", async () => {
  const { source } = watched(5);
  const turns = new Turns(source, { skips: [0, 3, 9] });
  const taken: number[][] = [[], [], []];
  const consume = async (index: number, most: number) => {
    const turn = turns.of(index);
    for await (const item of turn.items) {
      taken[index].push(item);
      if (taken[index].length === most) break;
    }
    turn.leave();
  };
  await Promise.all([consume(0, 2), consume(1, 9), consume(2, 9)]);
  await turns.ended;
  assertEquals(taken, [[0, 1], [3, 4], []]);
});

Deno.test("a stop ends all consumers after the same item", async () => {
  const { log, source } = watched(9);
  let stopRequested = false;
  const turns = new Turns(source, { skips: [0, 0], stopRequested: () => stopRequested });
  const taken = [0, 0];
  await Promise.all([0, 1].map(async (index) => {
    const turn = turns.of(index);
    for await (const item of turn.items) {
      taken[index]++;
      // In the middle of a round: the other one has yet to take this item.
      if (index === 0 && item === 3) stopRequested = true;
    }
    turn.leave();
  }));
  await turns.ended;
  assertEquals([taken, log.at(-2), log.at(-1)], [[4, 4], "read 3", "closed"]);
});

Deno.test("an error of the source reaches every consumer", async () => {
  const { source } = watched(1, true);
  const turns = new Turns(source, { skips: [0, 4] });
  await Promise.all([0, 1].map(async (index) => {
    const turn = turns.of(index);
    await assertRejects(() => Array.fromAsync(turn.items), RangeError, "broken");
    turn.leave();
  }));
  await turns.ended;
});

Deno.test("rows in turn are read once, and an error names the row where it is read", async () => {
  let readings = 0;
  const files = {
    description: { rows: 2, inputSize: 1, shards: [] },
    inOrder: async <T>(
      _: string,
      __: unknown,
      work: (rows: AsyncIterable<Float32Array>) => Promise<T>,
    ) => {
      readings++;
      async function* rows() {
        yield Float32Array.of(1);
        yield Float32Array.of(2);
        await Promise.resolve();
      }
      try {
        return await work(rows());
      } catch (error) {
        throw error instanceof RowError ? error.renamed("row 7 of a.npy") : error;
      }
    },
  };
  const options = { rows: { from: 0, to: 2 }, batchRows: 1 };
  const sum = async (rows: AsyncIterable<Float32Array>) => {
    let sum = 0;
    for await (const [value] of rows) sum += value;
    return sum;
  };
  const good = new RowsInTurn(files, 3);
  const sums = [0, 1].map((index) => good.of(index).inOrder("rows", options, sum));
  await good.leave(2); // It asks for no rows.
  assertEquals([await Promise.all(sums), readings], [[3, 3], 1]);

  const bad = new RowsInTurn(files, 2);
  const refuse = async (rows: AsyncIterable<Float32Array>) => {
    for await (const _ of rows) throw new RowError(0, (row) => `Cannot evaluate: ${row} holds NaN`);
  };
  for (const each of [0, 1].map((index) => bad.of(index).inOrder("rows", options, refuse))) {
    await assertRejects(() => each, RangeError, "row 7 of a.npy holds NaN");
  }
});
