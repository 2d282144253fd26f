import type { sparseReverseSums as kernel } from "../../sparse_reverse_sums.ts";
import { sumColumns } from "./columns.ts";
import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";
import { featuresOf } from "./tiles.ts";

/** Threads of a workgroup, a column each. */
const LANES = 64;

/** c − x, then the row pass, then the sums of its squared errors. */
export const sparseReverseSums: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N, P, K } = dims;
  const { decoder, decoderBias, input, weights, reverseSums, squaredErrors, ...codes } = operands;
  const { errorScale, gradientScale: scale } = constants;
  const features = featuresOf(d);
  const columns = d / features.WIDTH;
  const slices = groupsOf(columns, LANES);
  const partials = planner.scratch(B * slices * P);
  planner.dispatch({
    shader: "residual_start",
    sizes: { count: B * d, d, P },
    buffers: { decoderBias, input, residuals: reverseSums },
    groups: groupsOf(B * d),
  });
  const parts = [...rowSlices(N, 4 * d, planner)];
  for (const { from, to } of parts) {
    planner.dispatch({
      shader: "sparse_reverse_sums",
      options: { ...features, PREFIXES: P, REVERSES: parts.length === 1 },
      sizes: { B, columns, slices, K, first: from, end: to, scale },
      buffers: { ...codes, weights, decoder: rowsOf(decoder, from, to, d), reverseSums, partials },
      groups: B * slices,
    });
  }
  if (parts.length > 1) {
    planner.dispatch({
      shader: "reverse_sums",
      sizes: { count: B * d, P, scale },
      buffers: { weights, residuals: reverseSums },
      groups: groupsOf(B * d),
    });
  }
  const into = { sums: squaredErrors, scale: errorScale };
  sumColumns(planner, partials, [B * slices, P], { kind: "value" }, into);
};
