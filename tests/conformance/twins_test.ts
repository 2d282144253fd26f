/** The specs of the sparse and the dense algorithm compute the same numbers in float64. */

import { assertAlmostEquals } from "@std/assert";
import { activationGradient } from "../../kernels/activation_gradient.ts";
import { decoderGradient } from "../../kernels/decoder_gradient.ts";
import { encoderGradient } from "../../kernels/encoder_gradient.ts";
import { latentSums } from "../../kernels/latent_sums.ts";
import { prefixResiduals } from "../../kernels/prefix_residuals.ts";
import { reverseSums } from "../../kernels/reverse_sums.ts";
import { sparseLatentGradients } from "../../kernels/sparse_latent_gradients.ts";
import { sparseLatentSums } from "../../kernels/sparse_latent_sums.ts";
import { sparseReverseSums } from "../../kernels/sparse_reverse_sums.ts";
import {
  activations,
  codesByLatent,
  codesByRow,
  decoderAndNorms,
  normal,
  PENALTIES,
  positive,
  prefixBounds,
} from "./inputs.ts";
import { newRandom, seed } from "./seed.ts";

const dims = { B: 9, d: 7, N: 19, P: 4 };
const { B, d, N, P } = dims;

function floats(values: number | number[]): Float64Array {
  return typeof values === "number" ? new Float64Array(values) : Float64Array.from(values);
}

function assertSame(what: string, sparse: ArrayLike<number>, dense: ArrayLike<number>): void {
  for (let e = 0; e < dense.length; e++) {
    const tolerance = 1e-12 * Math.max(1, Math.abs(dense[e]));
    assertAlmostEquals(sparse[e], dense[e], tolerance, `${what}[${e}], CONFORMANCE_SEED=${seed}`);
  }
}

for (const penalty of PENALTIES) {
  const { subtractLogEpsilon, unweighted } = penalty;
  const kind = penalty.penalty + (subtractLogEpsilon ? ", with offset" : "") +
    (unweighted ? ", unweighted" : "");
  Deno.test(`the sparse references agree with the dense ones (${kind})`, () => {
    const random = newRandom();
    const f = activations(random, dims);
    const { decoder, norms } = decoderAndNorms(random, dims);
    const shared = {
      activations: floats(f),
      decoder: floats(decoder),
      norms: floats(norms),
      decoderBias: floats(normal(random, d)),
      input: floats(normal(random, B * d)),
      bounds: Uint32Array.from(prefixBounds(random, dims)),
      weights: floats(positive(random, P)),
      coefficient: floats([3]),
    };
    const rows = codesByRow(f, dims, 0);
    const latents = codesByLatent(f, dims, 0);
    const sparseDims = { ...dims, K: rows.K };
    const byRow = {
      rowOffsets: Uint32Array.from(rows.offsets),
      indices: Uint32Array.from(rows.positions),
      values: floats(rows.values),
    };
    const byLatent = {
      latentOffsets: Uint32Array.from(latents.offsets),
      latentRows: Uint32Array.from(latents.positions),
      latentValues: floats(latents.values),
    };

    const sums = () => ({ penalties: floats(N), counts: new Uint32Array(N), squares: floats(N) });
    const denseSums = sums();
    const sparseSums = sums();
    latentSums.reference({ ...shared, ...denseSums }, dims, penalty);
    sparseLatentSums.reference({ ...shared, ...byLatent, ...sparseSums }, sparseDims, {
      ...penalty,
      rows: B,
    });
    assertSame("penalties", sparseSums.penalties, denseSums.penalties);
    assertSame("counts", sparseSums.counts, denseSums.counts);
    assertSame("squares", sparseSums.squares, denseSums.squares);

    const G = floats(P * B * d);
    const sparseG = floats(P * B * d);
    const squaredErrors = floats(P);
    const sparseSquaredErrors = floats(P);
    const errorScale = 1 / (B * d);
    const gradientScale = 2 * errorScale;
    prefixResiduals.reference({ ...shared, residuals: G, squaredErrors }, dims, {
      scale: errorScale,
    });
    reverseSums.reference({ ...shared, residuals: G }, dims, { scale: gradientScale });
    sparseReverseSums.reference(
      { ...shared, ...byRow, reverseSums: sparseG, squaredErrors: sparseSquaredErrors },
      sparseDims,
      { errorScale, gradientScale },
    );
    assertSame("reverseSums", sparseG, G);
    assertSame("squaredErrors", sparseSquaredErrors, squaredErrors);

    const gradients = () => ({
      encoderGradient: floats(N * d),
      encoderBiasGradient: floats(N),
      decoderGradient: floats(N * d),
    });
    const dense = gradients();
    const sparse = gradients();
    const preGradient = floats(B * N);
    const backward = { ...shared, reverseSums: G, preGradient };
    activationGradient.reference(backward, dims, { ...penalty, identity: false });
    encoderGradient.reference({ ...backward, ...dense }, dims, {});
    decoderGradient.reference({ ...backward, ...dense }, dims, penalty);
    sparseLatentGradients.reference({ ...backward, ...byLatent, ...sparse }, sparseDims, penalty);
    for (const name of Object.keys(dense) as (keyof typeof dense)[]) {
      assertSame(name, sparse[name], dense[name]);
    }
  });
}
