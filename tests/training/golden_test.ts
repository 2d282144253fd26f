import { assert } from "@std/assert";
import { authorCode, matryoshkaLoss, Trainer } from "../../mod.ts";
import { PARAMETER_NAMES } from "../../src/parameters.ts";
import { backends } from "../backends.ts";
import {
  type GoldenLoss,
  goldenLosses,
  goldenTrajectories,
  lossOptionsOf,
  parametersOf,
  relativeError,
} from "../golden/golden.ts";

const PATHS = ["dense", "sparse"] as const;

function assertClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  most: number,
): void {
  const error = relativeError(got, expected);
  assert(error <= most, `${what}: relative error ${error} exceeds ${most}`);
}

function figures(golden: GoldenLoss, name: "squaredError" | "sparsity" | "l0"): number[] {
  return golden.perPrefix.map((prefix) => prefix[name]);
}

for (const { name: backendName, create, lossTolerance, trajectoryTolerance } of backends) {
  for (const path of PATHS) {
    Deno.test(`matryoshkaLoss() agrees with the golden vectors (${backendName}, ${path})`, async (t) => {
      using backend = await create();
      for (const golden of await goldenLosses()) {
        await t.step(golden.name, async () => {
          const result = await matryoshkaLoss(
            backend,
            parametersOf(golden, golden.parameters),
            Float32Array.from(golden.batch),
            { ...lossOptionsOf(golden), path },
          );
          assertClose("loss", [result.loss], [golden.loss], lossTolerance);
          for (const figure of ["squaredError", "sparsity", "l0"] as const) {
            const got = result.perPrefix.map((prefix) => prefix[figure]);
            got.forEach((value, j) =>
              assertClose(`${figure} ${j}`, [value], [figures(golden, figure)[j]], lossTolerance)
            );
          }
          for (const name of PARAMETER_NAMES) {
            assertClose(name, result.gradients[name], golden.gradients[name], lossTolerance);
          }
        });
      }
    });

    Deno.test(`Trainer follows the author's recorded runs (${backendName}, ${path})`, async (t) => {
      using backend = await create();
      for (const golden of await goldenTrajectories()) {
        await t.step(golden.name, async () => {
          using trainer = await Trainer.create(backend, {
            ...authorCode({ ...golden, initial: parametersOf(golden, golden.initial) }),
            path,
          });
          for (let s = 0; s < golden.steps; s++) {
            const batch = Float32Array.from(golden.batches[s]);
            await trainer.step(batch, { prefixes: golden.prefixes[s] });
            const metrics = await trainer.metrics();
            for (const figure of ["loss", "l0", "sparsityScale"] as const) {
              const expected = golden.trajectory[s][figure];
              const what = `${figure} of step ${s}`;
              assertClose(what, [metrics[figure]], [expected], trajectoryTolerance.figures);
            }
          }
          const final = await trainer.parameters();
          for (const name of PARAMETER_NAMES) {
            assertClose(name, final[name], golden.final[name], trajectoryTolerance.parameters);
          }
        });
      }
    });
  }
}
