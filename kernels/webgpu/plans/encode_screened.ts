import type { encodeScreened as kernel } from "../../encode_screened.ts";
import { quantizedWords } from "../../quantize_rows.ts";
import { ACTIVATION_CODES } from "../codes.ts";
import { groupsOf, type Plan, rowsOf } from "../launch.ts";
import { byteProductOptions, countAll, roundingsOf } from "./byte_products.ts";
import { activeSlices, encodeLeft } from "./encode.ts";
import { encodesActive, encodeSparse, placeActive, roomForActive } from "./encode_sparse.ts";
import { encodeTopk, screensTopk } from "./encode_topk.ts";
import { featuresOf, tilesOf } from "./tiles.ts";

/** Most inputs that can be screened: see docs/mathematics.md. */
const MOST_INPUTS = 2 ** 17;
/** Workgroups that keep a large GPU busy: with fewer rows, several share one. */
const ENOUGH_GROUPS = 4096;

/**
 * A tiled product of integers marks what may be active. Tiles with many candidates are encoded as without a screen, and
 * of the others each candidate for itself; then as `encodeSparse`. `encodeTopk` does the same for top-k. Batch
 * top-k is not screened, nor are sizes that do not fit in bindings: they are encoded plainly, and all latents count as
 * candidates.
 */
export const encodeScreened: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { quantizedRows, rowBounds, quantizedLatents, latentBounds, candidates, ...plain } =
    operands;
  const { B, d, N, K } = dims;
  const { selection } = constants;
  const words = quantizedWords(d);
  const fits = d <= MOST_INPUTS && 4 * words * Math.max(2 * B, N) <= planner.maxBindingBytes;
  if (fits && selection === "topk" && screensTopk(planner, dims, constants)) {
    encodeTopk(operands, dims, constants, planner);
    return;
  }
  if (!fits || selection === "identity" || !encodesActive(planner, selection, dims)) {
    encodeSparse(plain, dims, constants, planner);
    countAll(planner, candidates, N);
    return;
  }
  const { rowOffsets, indices, values, overflow, ...encoded } = plain;
  const room = roomForActive(planner, dims);
  const slices = activeSlices(planner, dims).map((latents) => {
    return { latents, ...tilesOf(B, latents.to - latents.from, planner) };
  });
  const allTiles = slices.reduce((sum, { tiles }) => sum + tiles, 0);
  const counts = planner.scratch(allTiles);
  let firstTile = 0;
  for (const { latents, options, groups, tiles } of slices) {
    const ACTIVATION = ACTIVATION_CODES[selection];
    const { threshold, encoderBias } = encoded;
    const bounds = { quantizedRows, rowBounds, quantizedLatents, latentBounds };
    const across = groups[0], count = latents.to - latents.from;
    planner.dispatch({
      shader: "screen",
      options: {
        ...byteProductOptions(options.SIDE, words, planner),
        ACTIVATION,
      },
      sizes: {
        ...{ rows: B, words, latents: count, firstLatent: latents.from, N, firstTile, across },
        ...roundingsOf(d),
      },
      buffers: { ...bounds, threshold, encoderBias, masks: room.masks, counts },
      groups,
    });
    encodeLeft(planner, { ...encoded, ...room }, dims, selection, { latents, counts, firstTile });
    const each = wordsForEach(B, groupsOf(count, 32));
    const segments = groupsOf(groupsOf(count, 32), each);
    planner.dispatch({
      shader: "screened_dots",
      options: { ...options, ...featuresOf(d), ACTIVATION },
      sizes: {
        ...{ rows: B, segments, d, N, K, firstLatent: latents.from, words: groupsOf(count, 32) },
        ...{ each, firstTile, across },
      },
      buffers: {
        ...encoded,
        ...room,
        encoder: rowsOf(encoded.encoder, latents.from, latents.to, d),
        counts,
      },
      groups: B * segments,
    });
    firstTile += tiles;
  }
  planner.dispatch({
    shader: "total",
    sizes: { count: allTiles, scale: 1 / B, at: 0 },
    buffers: { values: counts, sum: candidates },
    groups: 1,
  });
  placeActive(planner, room, { rowOffsets, indices, values, overflow }, dims, selection);
};

/** Returns how many words of bits a workgroup takes: all of a row, or fewer if there are few rows. */
function wordsForEach(B: number, words: number): number {
  const CHUNK = 32;
  return CHUNK * Math.ceil(words / CHUNK / Math.ceil(ENOUGH_GROUPS / B));
}
