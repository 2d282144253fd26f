/**
 * Times a whole training step on every backend, dense and sparse, with 1 and 10 prefixes, once its
 * gradients have agreed with the reference.
 */
import { initialParameters, matryoshkaLoss, Random, type SaeParameters, Trainer } from "../mod.ts";
import { PARAMETER_NAMES } from "../src/model/parameters.ts";
import { ReferenceBackend } from "../kernels/reference/backend.ts";
import { backends } from "../tests/backends.ts";
import { relativeError } from "../tests/relative_error.ts";

/** B, d, N: small enough for the reference backend; `bench/peers` times larger ones. */
const [ROWS, INPUT_SIZE, LATENTS] = [64, 64, 512];
/** About 5 % of standard normal numbers exceed this. */
const QUANTILE = 1.645;

const random = Random.fromSeed(1);
const drawn = initialParameters(INPUT_SIZE, LATENTS, random);
const parameters: SaeParameters = { ...drawn, encoderBias: drawn.encoderBias.map(() => -QUANTILE) };
const batch = Float32Array.from({ length: ROWS * INPUT_SIZE }, () => random.normal());

for (const algorithm of ["dense", "sparse"] as const) {
  for (const prefixes of [[LATENTS], [4, 8, 16, 32, 64, 128, 192, 256, 384, LATENTS]]) {
    const options = { prefixes, algorithm, penalty: { kind: "log", coefficient: 0.1 } } as const;
    using oracle = new ReferenceBackend();
    const expected = await matryoshkaLoss(oracle, parameters, batch, options);
    for (const { name, create, lossTolerance } of backends) {
      const backend = await create();
      const { gradients } = await matryoshkaLoss(backend, parameters, batch, options);
      for (const array of PARAMETER_NAMES) {
        const error = relativeError(gradients[array], expected.gradients[array]);
        if (!(error <= lossTolerance)) {
          throw new Error(
            `Cannot time a step on ${name}: the relative error of ∂${array} is ${error}`,
          );
        }
      }
      const trainer = await Trainer.create(backend, {
        ...options,
        inputSize: INPUT_SIZE,
        latentCount: LATENTS,
        steps: 1_000_000,
        inputScaling: "none",
        initial: parameters,
        // The parameters stay put, so that every sample times the same work.
        learningRate: 0,
      });
      Deno.bench({
        name,
        group:
          `step, ${algorithm}, P ${prefixes.length} (B ${ROWS}, d ${INPUT_SIZE}, N ${LATENTS})`,
        baseline: name === "reference",
        fn: async () => {
          await trainer.step(batch);
        },
      });
    }
  }
}
