import type { Kernel } from "./kernel.ts";

/**
 * The thresholds of jumprelu from the parameter that is trained, and the lower ends of their windows:
 *
 *     θ_i = exp(t_i) if `logarithm`, else t_i        start_i = θ_i − h/2
 *
 *     t [N]  →  θ [N], start [N]
 *
 * Why: an encode that keeps what is above `start` finds all pre-activations that move θ.
 */
export const jumpThresholds: Kernel<
  {
    parameter: "f32";
    threshold: "f32";
    windowStart: "f32";
  },
  "N",
  { readonly logarithm: boolean; readonly bandwidth: number }
> = {
  id: "jumpThresholds",
  operands: {
    parameter: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "write", dtype: "f32", dims: ["N"] },
    windowStart: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference({ parameter, threshold, windowStart }, { N }, { logarithm, bandwidth }) {
    for (let i = 0; i < N; i++) {
      threshold[i] = logarithm ? Math.exp(parameter[i]) : parameter[i];
      windowStart[i] = threshold[i] - bandwidth / 2;
    }
  },
};
