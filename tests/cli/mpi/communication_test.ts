/** Options that a number of ranks cannot share. */
import { assertEquals, assertRejects } from "@std/assert";
import { communicationOf } from "../../../cli/ranks/communication.ts";
import { Ranks } from "../../../cli/ranks/ranks.ts";
import { UsageError } from "../../../cli/terminal/failure.ts";
import { runRanks } from "../../../mod.ts";

const four = (args: { latents?: number; batch?: number; ranksPerReplica?: number }) =>
  runRanks(4, (communicator) => {
    const all = { latents: 30, batch: 8, permuteEvery: 0, ...args };
    return Promise.resolve(communicationOf(new Ranks(communicator), all)?.latents);
  });

Deno.test("ranks refuse latents, rows and replicas that do not go round", async () => {
  const refusals = [
    [{ ranksPerReplica: 3 }, "Cannot use --ranks-per-replica 3: 4 ranks cannot form replicas of 3"],
    [{ latents: 3 }, "Cannot use --latents 3 on 4 ranks that share them: each needs at least one"],
    [
      { batch: 3, ranksPerReplica: 1 },
      "Cannot use --batch 3 on 4 replicas that share the rows: each needs at least one",
    ],
  ] as const;
  for (const [args, message] of refusals) {
    await assertRejects(() => four(args), UsageError, message);
  }
  const latents = await four({ latents: 2, batch: 2, ranksPerReplica: 2 });
  assertEquals(latents.map((range) => range?.from), [0, 1, 0, 1]);
});
