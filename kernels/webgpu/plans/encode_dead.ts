import type { encodeDead as kernel } from "../../encode_dead.ts";
import { groupsOf, latentSlices, type Plan, type Planner, rowsOf } from "../launch.ts";
import { featuresOf } from "./tiles.ts";

/** Bytes of keys in memory, so that [B, N] never is, but for one tile's rows where they take more. */
const CHUNK_BYTES = 16 * 2 ** 20;
/** The side of a tile: the small one, since the dead latents are few. */
const TILE = 64;

/** Returns how many rows are encoded at a time: whole tiles, if they fit in a binding. */
function rowsAtATime(B: number, N: number, { maxBindingBytes }: Planner): number {
  const rows = Math.max(TILE * Math.floor(CHUNK_BYTES / (4 * N * TILE)), TILE);
  return Math.min(B, rows, Math.max(Math.floor(maxBindingBytes / (4 * N)), 1));
}

/**
 * Takes one chunk of the batch after another: a tiled product over the dead latents, how many of them each row keeps,
 * and the codes after those of the chunk before. How many are dead only the device knows, so there are workgroups
 * for all latents.
 */
export const encodeDead: Plan<typeof kernel> = (operands, dims, { k, rectified }, planner) => {
  const { B, d, N } = dims;
  const { input, encoder, encoderBias, dead, deadCount, rowOffsets, indices, values } = operands;
  const atATime = rowsAtATime(B, N, planner);
  const keys = planner.scratch(atATime * N);
  const chosen = planner.scratch(2 * atATime);
  for (let firstRow = 0; firstRow < B; firstRow += atATime) {
    const rows = Math.min(atATime, B - firstRow);
    for (const { from, to } of latentSlices(N, d, 2 * rows * d, planner)) {
      planner.dispatch({
        shader: "encode_dead",
        options: {
          SIDE: 8,
          DEPTH: 2,
          WHOLE: d % 16 === 0,
          ...featuresOf(d),
          RECTIFIED: rectified,
        },
        sizes: { rows, firstRow, d, latents: to - from, firstLatent: from, N },
        buffers: {
          input,
          encoder: rowsOf(encoder, from, to, d),
          encoderBias,
          dead,
          deadCount,
          keys,
        },
        groups: [groupsOf(N, TILE), groupsOf(rows, TILE)],
      });
    }
    planner.dispatch({
      shader: "encode_dead_count",
      sizes: { rows, N, firstRow, k },
      buffers: { keys, deadCount, chosen, rowOffsets },
      groups: rows,
    });
    planner.dispatch({
      shader: "scan",
      sizes: { first: firstRow, count: rows },
      buffers: { offsets: rowOffsets },
      groups: 1,
    });
    planner.dispatch({
      shader: "encode_dead_codes",
      sizes: { rows, N, firstRow },
      buffers: { keys, dead, deadCount, chosen, rowOffsets, indices, values },
      groups: rows,
    });
  }
};
