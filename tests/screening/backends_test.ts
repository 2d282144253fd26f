/** Which backends screen. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { Random } from "../../mod.ts";
import { backends } from "../backends.ts";
import { encodeBoth } from "./encodes.ts";
import { aimedPair } from "./pairs.ts";
import { aimedProblem } from "./problems.ts";

for (const { name, screens, create } of backends) {
  Deno.test(`${name}: screening says whether there are kernels for it`, async () => {
    using backend = await create();
    assertEquals(backend.screening !== undefined, screens);
  });

  if (!/^wasm (simd|relaxed)/.test(name)) continue;

  // Otherwise the other tests of screening would compare an encode with itself.
  Deno.test(`${name}: encodeScreened computes few latents if few are near their threshold`, async () => {
    using backend = await create();
    for (const selection of ["relu", "jumprelu"] as const) {
      const plan = { selection, B: 5, d: 64, N: 640, aimed: 20, pair: aimedPair };
      const problem = aimedProblem(Random.fromSeed(1), plan);
      const { candidates, plain } = await encodeBoth(backend, problem);
      assertLess(candidates, 25);
      assert(candidates >= plain.rowOffsets[5] / 5);
    }
  });
}
