/**
 * Sizes beyond those of the conformance suite, at which shaders take other paths: latents that are active in
 * hundreds of rows, more than 8192 latents, batches that are encoded in parts.
 */

import { SELECTION_CODES, type SparseSelection } from "../../kernels/encode_sparse.ts";
import type { AnyKernel } from "../../kernels/kernel.ts";
import { createWebGpuBackend, type WebGpuOptions } from "../../kernels/webgpu/backend.ts";
import { cases, recipeCases } from "../conformance/cases.ts";
import {
  activations,
  codesByLatent,
  codesByRow,
  decoderAndNorms,
  grid,
  normal,
  PENALTIES,
  positive,
  prefixBounds,
} from "../conformance/inputs.ts";
import {
  gradientOperands,
  preAndThresholds,
  WINDOWS,
} from "../conformance/cases/threshold_gradient.ts";
import type { KernelCases, Launch } from "../conformance/launch.ts";
import { runLaunch } from "../conformance/run_launch.ts";
import { assertNone, newRandom } from "../conformance/seed.ts";
import { gpuTest } from "./adapter.ts";

const all = { ...cases, ...recipeCases };
const random = newRandom();

function test(
  name: keyof typeof all,
  what: string,
  launches: () => Iterable<Launch<AnyKernel>>,
  options: WebGpuOptions = {},
): void {
  gpuTest(`${name} agrees with its reference ${what}`, async () => {
    using backend = await createWebGpuBackend(options);
    const each = all[name] as unknown as KernelCases<AnyKernel>;
    const found: string[] = [];
    for (const launch of launches()) found.push(...await runLaunch(backend, each, launch));
    assertNone(found);
  });
}

test("codesByLatent", "with latents that are active in up to 2500 rows", function* () {
  for (const [B, N] of [[2500, 7], [300, 40], [65, 3]]) {
    const { K, offsets, positions, values } = codesByRow(
      activations(random, { B, N }),
      { B, N },
      3,
    );
    const inputs = { rowOffsets: offsets, indices: positions, values };
    yield { dims: { B, N, K }, constants: {}, inputs };
  }
});

test("sparseLatentGradients", "with latents of several runs", function* () {
  for (const [n, d] of [8, 7, 260].entries()) {
    const B = 1100;
    const N = 6;
    const P = 3;
    const dense = activations(random, { B, N }, n === 1 ? "full" : "mixed", true);
    const { K, offsets, positions, values } = codesByLatent(dense, { B, N }, 5);
    yield {
      dims: { B, d, N, P, K },
      constants: PENALTIES[n],
      inputs: {
        latentOffsets: offsets,
        latentRows: positions,
        latentValues: values,
        reverseSums: normal(random, P * B * d),
        input: normal(random, B * d),
        ...decoderAndNorms(random, { N, d }),
        bounds: prefixBounds(random, { N, P }),
        weights: positive(random, P),
        coefficient: [3],
      },
    };
  }
});

function* encodings(B: number, d: number, N: number): Generator<Launch<AnyKernel>> {
  for (const selection of Object.keys(SELECTION_CODES) as SparseSelection[]) {
    for (const levels of [1, 32]) {
      yield {
        title: `${levels} levels`,
        dims: { B, d, N, K: Math.ceil(B * N * 0.7) },
        constants: { selection, k: Math.ceil(N / 30) },
        inputs: {
          input: grid(random, B * d, levels),
          encoder: grid(random, N * d, levels),
          encoderBias: grid(random, N, levels),
          threshold: grid(random, N, levels),
        },
      };
    }
  }
}

test("encodeSparse", "with more than 8192 latents", () => encodings(3, 5, 17_001));
test("encodeSparse", "in slices of the latents", () => encodings(5, 40, 1000), {
  maxBindingBytes: 32768,
});
test("encodeSparse", "in parts of the batch", () => encodings(300, 4, 60), {
  maxBindingBytes: 32768,
});

for (const name of ["topk", "batchTopk"] as const) {
  test(name, "with more than 8192 latents", function* () {
    const B = 4;
    const N = 9001;
    const distinct = Array.from({ length: B * N }, () => random.uniform());
    const ties = Array.from({ length: B * N }, () => random.integer(3));
    for (const inputs of [distinct, ties]) {
      for (const k of [1, 300, N - 5]) {
        yield { dims: { B, N }, constants: { k }, inputs: { activations: inputs } };
      }
    }
  });
}

for (const name of ["totalVariance", "decoderBiasGradient", "scaleInput"] as const) {
  test(name, "with 1000 rows", function* () {
    const B = 1000;
    const d = 70;
    const P = 1;
    const raw = normal(random, B * d);
    const inputs = {
      totalVariance: { input: raw },
      decoderBiasGradient: { reverseSums: raw },
      scaleInput: { raw, correction: [1], running: [1] },
    };
    yield { dims: { B, d, P }, constants: { decay: 0.99 }, inputs: inputs[name] };
  });
}

/** Pre-activations and thresholds of `dims`, and the other operands of the gradients of thresholds. */
function thresholdInputs(dims: Record<"B" | "d" | "N" | "P", number>) {
  return { ...preAndThresholds(random, dims), ...gradientOperands(random, dims) };
}

/** Four batches past 256 rows; the last has chunks of 512 rows instead of 256. */
const ROWS = [257, 300, 1100, 8200];

test("denseThresholdGradient", "with several chunks of rows, and long ones", function* () {
  for (const [n, B] of ROWS.entries()) {
    const dims = { B, d: [8, 7, 5, 3][n], N: [70, 6, 9, 5][n], P: 3 };
    const { pre, ...others } = thresholdInputs(dims);
    yield { dims, constants: WINDOWS.at(-1 - n)!, inputs: { preActivations: pre, ...others } };
  }
});

test(
  "thresholdGradient",
  "with latents that are near their thresholds in hundreds of rows",
  function* () {
    for (const [n, B] of [257, 1100].entries()) {
      const dims = { B, d: [260, 7][n], N: 6, P: 3 };
      const { pre, ...others } = thresholdInputs(dims);
      const { K, offsets, positions, values } = codesByLatent(pre, dims, 3, () => true);
      const codes = { latentOffsets: offsets, latentRows: positions, latentValues: values };
      yield {
        dims: { ...dims, K },
        constants: WINDOWS.at(-1 - n)!,
        inputs: { ...codes, ...others },
      };
    }
  },
);

test("preActivationLoss", "with more rows than a workgroup takes at a time", function* () {
  for (const [n, B] of [256, 257, 600].entries()) {
    const [d, N] = [[8, 5], [7, 9], [1030, 3]][n];
    yield {
      dims: { B, d, N },
      constants: { coefficient: 0.5, logarithm: n === 1 },
      inputs: {
        input: grid(random, B * d, 2, 1),
        encoder: grid(random, N * d, 1, 1),
        encoderBias: grid(random, N, 2, 1),
        ...decoderAndNorms(random, { N, d }),
        threshold: grid(random, N, 3, 1),
        dead: Array.from({ length: N }, (_, i) => i),
        deadCount: [N - 1],
        encoderGradient: normal(random, N * d),
        encoderBiasGradient: normal(random, N),
        decoderGradient: normal(random, N * d),
        thresholdGradient: normal(random, N),
        terms: normal(random, 4),
      },
    };
  }
});

test("activeCodes", "with rows of many codes", function* () {
  const dims = { B: 5, N: 700 };
  for (const rectified of [true, false]) {
    const { pre, threshold } = preAndThresholds(random, dims);
    const { K, offsets, positions, values } = codesByRow(pre, dims, 3);
    const inputs = { rowOffsets: offsets, indices: positions, values, threshold };
    yield { dims: { ...dims, K }, constants: { rectified }, inputs };
  }
});
