import { encodeDead } from "../../../kernels/encode_dead.ts";
import { UNWRITTEN } from "../launch.ts";
import { grid } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";

/** How many of the latents are dead. */
const SHARES = [0.5, 1, 0, 0.1];

const RECTIFIED = [{ rectified: true }, { rectified: false }];

/** Cases of `encodeDead`: inputs on a grid, which makes all sums exact, and on a coarse one often equal. */
export const encodeDeadCases: KernelCases<typeof encodeDead> = {
  kernel: encodeDead,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N"), RECTIFIED)) {
      const { B, d, N } = dims;
      const share = SHARES[n % SHARES.length];
      const coarse = n % 3 > 0;
      const some = (count: number) => coarse ? grid(random, count, 2, 1) : grid(random, count);
      const latents = Array.from({ length: N }, (_, i) => i);
      const dead = latents.filter(() => random.uniform() < share);
      const k = [1, Math.ceil(N / 3), Math.max(dead.length, 1), N + 1, 2][n % 5];
      yield {
        title: `${dead.length} dead${coarse ? ", ties" : ""}`,
        dims: { B, d, N, K: B * k + n % 2 },
        constants: { ...constants, k },
        inputs: {
          input: some(B * d),
          encoder: some(N * d),
          encoderBias: some(N),
          dead: [...dead, ...Array(N - dead.length).fill(UNWRITTEN.u32)],
          deadCount: [dead.length],
        },
      };
    }
  },
  tolerance: () => ({}),
  specified({ expected: { rowOffsets }, dims: { B } }) {
    return { indices: rowOffsets[B], values: rowOffsets[B] };
  },
};
