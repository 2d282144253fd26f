import { assert, assertEquals } from "@std/assert";
import { backends } from "../backends.ts";
import { goldenLosses, goldenTrajectories } from "../golden/golden.ts";
import { ALGORITHMS, bestOfFloat32, follow, lossComplaints, runComplaints } from "./golden_runs.ts";
import { withoutScreening } from "./runs.ts";

for (const { name: backendName, create, ...tolerances } of backends) {
  for (const algorithm of ALGORITHMS) {
    Deno.test(`matryoshkaLoss() agrees with the golden vectors (${backendName}, ${algorithm})`, async (t) => {
      using backend = await create();
      for (const golden of await goldenLosses()) {
        await t.step(golden.name, async () => {
          assertEquals(await lossComplaints(backend, golden, algorithm, tolerances), []);
        });
      }
    });

    Deno.test(`Trainer follows the author's recorded runs (${backendName}, ${algorithm})`, async (t) => {
      using backend = await create();
      for (const golden of await goldenTrajectories()) {
        await t.step(golden.name, async () => {
          const run = await follow(backend, golden, algorithm);
          assertEquals(await runComplaints(run, golden, tolerances), []);
          // With threads, screening_test.ts shows the same in less time.
          const screens = backend.screening !== undefined && !backendName.includes("threads");
          if (algorithm === "dense" || !screens) return;
          const screened = await follow(backend, golden, algorithm, "on");
          assert(screened.figures.every(({ screening }) => screening));
          assertEquals(withoutScreening(screened.figures), run.figures);
          assertEquals(screened.final, run.final);
        });
      }
    });
  }
}

Deno.test("float32 storage alone leaves the second recorded run, and only that one", async () => {
  const leaves = [];
  for (const golden of await goldenTrajectories()) {
    leaves.push((await bestOfFloat32(golden)).leavesAt < golden.steps);
  }
  assertEquals(leaves, [false, true, false]);
});
