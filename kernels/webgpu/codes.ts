/**
 * The numbers that shaders know alternatives by.
 *
 * @module
 */

/** Activations, for `ACTIVATION` of modules/activation.wgsl. */
export const ACTIVATION_CODES = { relu: 0, identity: 1, jumprelu: 2, window: 3 } as const;

/** Penalties, for `PENALTY` of modules/penalty.wgsl. */
export const PENALTY_CODES = { none: 0, l1: 1, log: 2, tanh: 3, l0: 4 } as const;

/** Terms of a sum over rows, for `TERM` of column_sums.wgsl. */
export const TERM_CODES = { value: 0, times: 1, distance: 2 } as const;

/** Starts of a running mean, for `START` of running_threshold.wgsl. */
export const START_CODES = { corrected: 0, first: 1, zero: 2 } as const;

/** When the auxiliary loss applies, for `WHEN` of modules/auxiliary_factor.wgsl. */
export const WHEN_CODES = { dead: 0, active: 1, always: 2 } as const;
