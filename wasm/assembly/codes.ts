// The numbers by which the host tells the kernels which selection and which penalty to compute, and in which type weights are stored.
// wasm/build.ts copies them to wasm/generated/exports.ts, so the host never repeats them.

export const enum Selection { relu, identity, jumprelu, topk, batchtopk, window }

export const enum Penalty { none, l1, log, tanh, l0 }

export const enum Stored { f32, f16, bf16, int8 }
