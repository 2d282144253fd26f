/** Calls over both families of MPI libraries, compared with ranks inside one process. */

import { assertEquals, assertMatch } from "@std/assert";

import { runRanks } from "../../src/distributed/in_process.ts";
import { inFolder } from "../cli/run_cli.ts";
import { named } from "../missing.ts";
import { mpiFamilies, type MpiFamily, mpirun } from "./mpirun.ts";
import { runCalls } from "./programs/calls.ts";

const PROGRAMS = "tests/distributed/programs";

/** Runs a program that writes its results to FOLDER, the first of its arguments, and returns those of all ranks. */
async function resultsOver(
  family: MpiFamily,
  ranks: number,
  program: string,
  args: readonly (string | number)[],
): Promise<string[][]> {
  const results: string[][] = [];
  await inFolder(async (folder) => {
    const words = [
      "run",
      "-A",
      "--no-check",
      `${PROGRAMS}/${program}`,
      folder,
      ...args.map(String),
    ];
    const { code, stderr } = await mpirun(family, ranks, words);
    assertEquals([code, stderr], [0, ""]);
    for (let rank = 0; rank < ranks; rank++) {
      const file = JSON.parse(await Deno.readTextFile(`${folder}/${rank}.json`));
      assertMatch(file.description, new RegExp(`^${family.name} \\d+\\.\\d+\\S*$`));
      results.push(file.results);
    }
  });
  return results;
}

for (const family of mpiFamilies) {
  for (const ranks of [1, 2, 3, 4]) {
    Deno.test({
      ...named(`${family.name}: ${ranks} ranks get what ranks in one process get`, family.missing),
      async fn() {
        const lengths = ranks === 2 ? [0, 1, 17, 1_000_000] : [17, 10_001];
        const expected = await runRanks(ranks, (communicator) => runCalls(communicator, lengths));
        assertEquals(await resultsOver(family, ranks, "all_calls.ts", lengths), expected);
      },
    });
  }

  Deno.test({
    ...named(`${family.name}: messages too long for one call are cut`, family.missing),
    async fn() {
      const lengths = [7, 21];
      const expected = await runRanks(2, (communicator) => runCalls(communicator, lengths));
      assertEquals(await resultsOver(family, 2, "in_pieces.ts", [7, ...lengths]), expected);
    },
  });
}
