import { listDead } from "../../../kernels/list_dead.ts";
import { prefixBounds } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Cases of `listDead`. */
export const listDeadCases: KernelCases<typeof listDead> = {
  kernel: listDead,
  *launches(random) {
    for (const { N, P } of [...shapes("N", "P"), { N: 3000, P: 2 }]) {
      for (const level of new Set([-1, 0, random.integer(P), P - 1])) {
        yield {
          dims: { N, P },
          // All latents, some, and none: latents have been silent for 0 to 9 steps, plus many.
          constants: { after: 10_000_000 + [0, 5, 9, 10][random.integer(4)], level },
          inputs: {
            silent: Array.from({ length: N }, () => 10_000_000 + random.integer(10)),
            bounds: prefixBounds(random, { N, P }),
          },
        };
      }
    }
  },
  tolerance: () => ({}),
  specified: ({ expected: { deadCount } }) => ({ dead: deadCount[0] }),
};
