import type { prefixResiduals as kernel } from "../../prefix_residuals.ts";
import { sumChunks } from "./columns.ts";
import { latentSlices, partsOf, type Plan, rowsOf } from "../launch.ts";
import { depthOf, fills, latentsOf, tilesOf, writtenFeaturesOf } from "./tiles.ts";

/** A tiled product that stops at every bound, then the sums of the tiles' squared errors. */
export const prefixResiduals: Plan<typeof kernel> = (operands, dims, { scale }, planner) => {
  const { B, d, N, P } = dims;
  const { decoder, squaredErrors, ...others } = operands;
  const parts = partsOf(others.activations, B, N, planner).map((part) => {
    const rows = part.to - part.from;
    return { part, rows, tiling: tilesOf(rows, d, planner) };
  });
  const tiles = parts.reduce((sum, { tiling }) => sum + tiling.tiles, 0);
  const partials = planner.scratch(tiles * P);
  let firstTile = 0;
  for (const { part, rows, tiling } of parts) {
    for (const { from, to } of latentSlices(N, d, 2 * rows * d, planner)) {
      planner.dispatch({
        shader: "prefix_residuals",
        options: {
          ...tiling.options,
          ...depthOf(planner, tiling.options.SIDE),
          ...latentsOf(N),
          ...writtenFeaturesOf(d),
          GROUP: 4 * depthOf(planner, 16).DEPTH,
          FULL: fills(rows, d, tiling),
        },
        sizes: { B, rows, firstRow: part.from, d, N, P, first: from, end: to, firstTile },
        buffers: {
          ...others,
          activations: part.values,
          decoder: rowsOf(decoder, from, to, d),
          partials,
        },
        groups: tiling.groups,
      });
    }
    firstTile += tiling.tiles;
  }
  sumChunks(planner, partials, [tiles, P], { sums: squaredErrors, scale });
};
