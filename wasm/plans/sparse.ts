/**
 * Plans of the kernels that select latents or work on sparse codes.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Phase, Planner, Plans } from "../launch.ts";
import { penaltyArgs } from "./penalty.ts";

const SELECTIONS: Record<Selection, number> = {
  relu: 0,
  identity: 1,
  jumprelu: 2,
  topk: 3,
  batchtopk: 4,
};

/** Rows that a thread takes at least: a row's gathers are some tens of kilobytes. */
const ROWS = 8;

/** Latents that a thread takes at a time: few, because they have very uneven numbers of rows. */
const LATENTS = 16;

/** Elements of a parameter that a thread takes at a time: a multiple of four. */
const ELEMENTS = 16384;

/** Bytes of a part in wasm/assembly/encode_active.ts. */
const PART_BYTES = 64;

type EncodeArgs = Parameters<Plans["encodeSparse"]>;

/** Top-k has a list of candidates per row and part; all others one list per part. */
function encodeSparsePhases(
  operands: EncodeArgs[0],
  { B, d, N, K }: EncodeArgs[1],
  { selection, k }: EncodeArgs[2],
  planner: Planner,
): { phases: Phase[]; scratchBytes: number } {
  const { input, encoder, encoderBias, threshold, rowOffsets, indices, values, overflow } =
    operands;
  const chunks = Math.ceil(N / planner.ask("encodeChunk"));
  const parts = Math.min(planner.threads, chunks);
  const table = planner.temporary(PART_BYTES * parts);
  const one = (run: string, ...args: number[]): Phase => ({ run, items: 1, grain: 1, args });
  const encode = (
    lists: number,
    capacity: number,
    counts: number,
    limits: number,
    kept: number,
  ) => ({
    run: "encodeActive",
    items: parts,
    grain: 1,
    args: [
      ...[table, parts, lists, capacity, counts, limits],
      ...[input, encoder, encoderBias, threshold],
      ...[B, d, N, SELECTIONS[selection], kept],
    ],
  });
  const scratchBytes = planner.ask("encodeActiveScratchBytes", B, d);
  if (selection === "topk") {
    const kept = Math.min(k, N);
    const candidates = planner.ask("encodeCandidates", kept, N);
    const lists = planner.temporary(8 * parts * B * candidates);
    const counts = planner.temporary(4 * parts * B), limits = planner.temporary(16 * parts * B);
    return {
      phases: [
        encode(lists, candidates, counts, limits, kept),
        one("encodeSparseTopkOffsets", table, parts, rowOffsets, overflow, B, K, kept),
        {
          run: "encodeSparseTopkSelect",
          items: B,
          grain: ROWS,
          args: [table, parts, rowOffsets, indices, values, candidates, K, kept],
        },
      ],
      scratchBytes: Math.max(scratchBytes, 64 * Math.ceil(parts * candidates / 8)),
    };
  }
  const kept = selection === "batchtopk" ? Math.min(k, N) * B : K;
  const capacity = planner.ask("encodeListCapacity", kept, B, N);
  const lists = planner.temporary(8 * parts * capacity);
  const counts = planner.temporary(4 * chunks * B), cursors = planner.temporary(4 * parts * B);
  const lengths = planner.temporary(4 * parts);
  const phases: Phase[] = [encode(lists, capacity, counts, 0, kept)];
  if (selection === "batchtopk") {
    phases.push(
      one("encodeSparseKeepBatch", table, parts, lists, 8 * capacity, lengths, B, kept),
    );
  }
  phases.push(
    one("encodeSparseOffsets", table, parts, cursors, rowOffsets, overflow, B, N, K),
    {
      run: "encodeSparseStitch",
      items: parts,
      grain: 1,
      args: [table, cursors, indices, values, B, K],
    },
  );
  return { phases, scratchBytes };
}

/** Selection and the sparse path. */
export const sparsePlans: Pick<
  Plans,
  | "topk"
  | "batchTopk"
  | "encodeSparse"
  | "codesByLatent"
  | "sparseLatentSums"
  | "sparseReverseSums"
  | "sparseLatentGradients"
  | "sparseDecode"
  | "globalNorm"
  | "adam"
> = {
  topk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.min(k, N);
    return {
      phases: [{ run: "topk", items: B, grain: ROWS, args: [activations, N, kept] }],
      scratchBytes: planner.ask("topkScratchBytes", kept, N),
    };
  },

  batchTopk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.min(k, N) * B, parts = Math.min(planner.threads, B);
    const listBytes = planner.ask("batchTopkListBytes", kept, Math.ceil(B / parts), N);
    const lists = planner.temporary(parts * listBytes);
    const lengths = planner.temporary(4 * parts), cut = planner.temporary(8);
    return {
      phases: [
        {
          run: "batchTopkList",
          items: parts,
          grain: 1,
          args: [activations, lists, listBytes, lengths, parts, B, N, kept],
        },
        {
          run: "batchTopkCut",
          items: 1,
          grain: 1,
          args: [lists, listBytes, lengths, parts, kept, cut],
        },
        { run: "batchTopkApply", items: B, grain: ROWS, args: [activations, N, cut] },
      ],
      scratchBytes: 64,
    };
  },

  encodeSparse: encodeSparsePhases,

  codesByLatent(
    { rowOffsets, indices, values, latentOffsets, latentRows, latentValues },
    { B, N, K },
    _,
    planner,
  ) {
    const next = planner.temporary(4 * N);
    // Each piece bisects every row: one piece per thread.
    const grain = Math.ceil(N / planner.threads);
    return {
      phases: [
        { run: "codesByLatentCount", items: N, grain, args: [rowOffsets, indices, next, B, K] },
        { run: "codesByLatentOffsets", items: 1, grain: 1, args: [latentOffsets, next, N] },
        {
          run: "codesByLatentCopy",
          items: N,
          grain,
          args: [rowOffsets, indices, values, next, latentRows, latentValues, B, K],
        },
      ],
      scratchBytes: 0,
    };
  },

  sparseLatentSums(
    { latentOffsets, latentValues, norms, penalties, counts, squares },
    { N },
    constants,
  ) {
    const args = [
      ...[latentOffsets, latentValues, norms, penalties, counts, squares],
      ...[constants.rows, ...penaltyArgs(constants)],
    ];
    return { phases: [{ run: "sparseLatentSums", items: N, grain: 256, args }], scratchBytes: 0 };
  },

  sparseReverseSums(
    {
      rowOffsets,
      indices,
      values,
      decoder,
      decoderBias,
      input,
      bounds,
      weights,
      reverseSums,
      squaredErrors,
    },
    { B, d, P },
    { errorScale, gradientScale },
    planner,
  ) {
    const partials = planner.temporary(8 * B * P);
    const args = [
      ...[rowOffsets, indices, values, decoder, decoderBias, input, bounds, weights],
      ...[reverseSums, partials, B, d, P, gradientScale],
    ];
    return {
      phases: [
        { run: "sparseReverseSums", items: B, grain: ROWS, args },
        {
          run: "sparseReverseSumsErrors",
          items: 1,
          grain: 1,
          args: [partials, squaredErrors, B, P, errorScale],
        },
      ],
      scratchBytes: planner.ask("sparseReverseSumsScratchBytes", d, P),
    };
  },

  sparseLatentGradients(
    {
      latentOffsets,
      latentRows,
      latentValues,
      reverseSums,
      input,
      decoder,
      norms,
      bounds,
      weights,
      coefficient,
      encoderGradient,
      encoderBiasGradient,
      decoderGradient,
    },
    { B, d, N, P },
    constants,
  ) {
    const [kind, epsilon] = penaltyArgs(constants);
    const args = [
      ...[latentOffsets, latentRows, latentValues, reverseSums, input, decoder, norms],
      ...[bounds, weights, coefficient, encoderGradient, encoderBiasGradient, decoderGradient],
      ...[B, d, P, kind, epsilon],
    ];
    return {
      phases: [{ run: "sparseLatentGradients", items: N, grain: LATENTS, args }],
      scratchBytes: 64,
    };
  },

  sparseDecode(
    { rowOffsets, indices, values, decoder, decoderBias, reconstruction },
    { B, d },
    { prefix },
  ) {
    const args = [
      ...[rowOffsets, indices, values, decoder, decoderBias, reconstruction],
      ...[d, prefix],
    ];
    return { phases: [{ run: "sparseDecode", items: B, grain: ROWS, args }], scratchBytes: 64 };
  },

  globalNorm(
    { encoderGradient, encoderBiasGradient, decoderGradient, decoderBiasGradient, norm },
    { N, d },
    _,
    planner,
  ) {
    const chunk = planner.ask("globalNormChunk");
    const gradients = [
      [encoderGradient, N * d],
      [encoderBiasGradient, N],
      [decoderGradient, N * d],
      [decoderBiasGradient, d],
    ].map(([gradient, count]) => ({ gradient, count, chunks: Math.ceil(count / chunk) }));
    const total = gradients.reduce((sum, { chunks }) => sum + chunks, 0);
    const partials = planner.temporary(8 * total);
    let place = partials;
    const phases: Phase[] = [];
    for (const { gradient, count, chunks } of gradients) {
      const args = [place, gradient, count];
      phases.push({ run: "globalNormPartials", items: chunks, grain: 4, args });
      place += 8 * chunks;
    }
    const args = [norm, partials, total];
    phases.push({ run: "globalNormTotal", items: 1, grain: 1, args });
    return { phases, scratchBytes: 0 };
  },

  adam(
    { parameter, gradient, firstMoment, secondMoment, norm, controls },
    { M },
    { beta1, beta2, epsilon, maxNorm },
  ) {
    const args = [
      ...[parameter, gradient, firstMoment, secondMoment, norm, controls],
      ...[beta1, 1 - beta1, beta2, 1 - beta2, epsilon, maxNorm],
    ];
    return { phases: [{ run: "adam", items: M, grain: ELEMENTS, args }], scratchBytes: 0 };
  },
};
