/** How jobs over MPI end: without waiting for a rank that has failed, and without noise if all is well. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { named } from "../missing.ts";
import { mpiFamilies, mpirun } from "./mpirun.ts";

const PROGRAM = ["run", "-A", "--no-check", "tests/distributed/programs/endings.ts"];

/** What the last of three ranks does, and what the job says. */
const FAILURES: Record<string, { says?: string; because?: string; code?: number }> = {
  "throws": { says: "Rank 2 of 3 ends the job: RangeError: no data" },
  "throws later": { says: "Rank 2 of 3 ends the job: RangeError: no data" },
  "rejects": {
    says: "Rank 2 of 3 ends the job: RangeError: no data",
    because: "[cause]: Error: no disk",
  },
  "throws while disposing": { says: "Rank 2 of 3 ends the job: RangeError: no data" },
  "exits": { says: "Rank 2 of 3 ends the job: it exits with status 3", code: 3 },
  "sets the status": { says: "Rank 2 of 3 ends the job: it exits with status 3", code: 3 },
  "is killed": {},
  "aborts": { says: "Rank 2 of 3 ends the job: no data", code: 7 },
  "aborts in a group": { says: "Rank 2 of 3 ends the job: no data", code: 7 },
  "leaves": {
    says:
      "Rank 0 of 3 ends the job: it has ended without finalize(), and others have not after 0.5 s",
  },
};

const ENDINGS = ["finalizes", "finalizes twice", "forgets", "forgets and exits", "disposes"];

for (const family of mpiFamilies) {
  for (const [ending, { says, because = "", code }] of Object.entries(FAILURES)) {
    Deno.test({
      ...named(`${family.name}: a rank that ${ending} ends the job`, family.missing),
      async fn() {
        // At most 10 s for the start, on a machine that is busy with other tests, and 10 s from the failure on.
        const result = await mpirun(family, 3, [...PROGRAM, ending], { timeout: 20 });
        if (code === undefined) assert(result.code !== 0);
        else assertEquals(result.code, code, result.stderr);
        assertStringIncludes(result.stderr, because);
        if (says !== undefined) {
          assertEquals(result.stderr.split(`${says}\n`).length, 2, result.stderr);
        }
      },
    });
  }

  Deno.test({
    ...named(`${family.name}: jobs in which all ranks end well print nothing`, family.missing),
    async fn() {
      for (const ending of ENDINGS) {
        const result = await mpirun(family, 2, [...PROGRAM, ending], { timeout: 30 });
        assertEquals([ending, result], [ending, { code: 0, stdout: "", stderr: "" }]);
      }
    },
  });
}
