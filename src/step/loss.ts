/**
 * The Matryoshka loss and its closed-form gradients for one batch.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { varianceOf } from "../base/vectors.ts";
import { checkBackend, checkBatch, checkObject } from "../base/checks.ts";
import {
  LOSS_KEYS,
  type LossOptions,
  penaltyWeights,
  resolveLoss,
  resolvePrefixes,
} from "./loss_options.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";
import { askedAlgorithm, sparseRoom } from "./algorithm_choice.ts";
import { recordStep } from "./step_recording.ts";
import { recordRowNorms, stepTensors } from "./step_tensors.ts";
import { readParameters, Workspace } from "./workspace.ts";

/** The terms of the loss of one prefix. */
export interface PrefixLoss {
  /** p_j, the number of latents. */
  readonly prefix: number;
  /** SE_j: mean over the batch, and mean or sum over features, of the squared residual. */
  readonly squaredError: number;
  /** S_j: mean over the batch of Σ_{i < p_j} φ(|f_i| ‖D_i‖), before the coefficient. */
  readonly sparsity: number;
  /** Mean number of active latents among the first p_j. */
  readonly l0: number;
}

/** The result of {@linkcode matryoshkaLoss}. */
export interface LossResult {
  /** L = ρ Σ_j w_j (SE_j + λ S_j). */
  readonly loss: number;
  /** The terms of each prefix, in their order. */
  readonly perPrefix: PrefixLoss[];
  /** ∂L/∂E, ∂L/∂b, ∂L/∂D, ∂L/∂c in the shapes of the parameters. */
  readonly gradients: SaeParameters;
}

/**
 * Computes the Matryoshka loss and its gradients. The loss is a sum over nested prefixes of the latents,
 *
 *     L = ρ Σ_j w_j (SE_j + λ S_j),
 *
 * and costs one forward and one backward pass, whatever the number of prefixes (Bussmann et al. 2025;
 * docs/mathematics.md derives the running sums and the closed-form gradients).
 *
 * @param backend Where to compute; see `createBackend`.
 * @param parameters N latents on inputs of size d.
 * @param batch x, [B, d] row-major.
 * @param options The prefixes, and the kind of loss.
 * @throws {RangeError} on wrong lengths, NaN or infinite values, or prefixes that do not ascend to N.
 * @throws {TypeError} if an option is unknown, or an argument or option has the wrong type.
 *
 * @example One prefix is an ordinary autoencoder, three are a Matryoshka one
 * ```ts
 * import { createBackend, initialParameters, matryoshkaLoss, Random } from "@matryoshka/sae";
 * import { assert } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * const random = Random.fromSeed(1);
 * const parameters = initialParameters(4, 12, random);
 * const batch = Float32Array.from({ length: 6 * 4 }, () => random.normal());
 * const { loss, perPrefix, gradients } = await matryoshkaLoss(backend, parameters, batch, {
 *   prefixes: [3, 7, 12],
 *   penalty: { kind: "log", coefficient: 0.03 },
 * });
 * assert(Number.isFinite(loss) && perPrefix.length === 3);
 * assert(gradients.encoder.length === 12 * 4);
 * ```
 */
export async function matryoshkaLoss(
  backend: Backend,
  parameters: SaeParameters,
  batch: Float32Array,
  options: LossOptions,
): Promise<LossResult> {
  const task = "compute the Matryoshka loss";
  checkBackend(backend, task);
  checkParameters(parameters, task);
  const { inputSize: d, latentCount: N } = parameters;
  const B = checkBatch(batch, d, task);
  checkObject(options, "options", task);
  checkKeys(options, LOSS_KEYS, task);
  const { prefixes } = options;
  const loss = resolveLoss(options, N, task);
  const { bounds, weights: asked } = resolvePrefixes(loss, prefixes, N, task);
  const tail = penaltyWeights(loss, asked);
  const variance = loss.squaredError === "variance" ? varianceOf(batch, B) : 1;
  const weights = asked.map((weight) => variance > 0 ? weight / variance : 0);
  const algorithm = askedAlgorithm(options, task);

  const w = new Workspace(backend);
  try {
    const sizes = { B, d, N, P: bounds.length };
    const tensors = stepTensors(w, sizes, {
      model: w.parameters(d, N, parameters),
      input: w.filled(batch, B, d),
      threshold: w.filled(loss.threshold ?? new Float32Array(N), N),
      coefficient: w.filled([loss.coefficient], 1),
    });
    backend.write(tensors.bounds, bounds);
    backend.write(tensors.weights, weights);
    backend.write(tensors.tailWeights, tail);
    const gradients = w.parameters(d, N);
    const roomPerRow = sparseRoom(loss, N, algorithm);
    const room = roomPerRow === undefined ? undefined : B * roomPerRow;
    const parts = { sizes, loss, tensors, gradients, room };
    const program = w.own(
      await backend.record((r) => {
        recordRowNorms(r, tensors);
        recordStep(r, w, parts);
      }),
    );
    backend.submit(program);

    const [squaredErrors, sparsity, l0] = await Promise.all(
      [tensors.squaredErrors, tensors.sparsity, tensors.l0].map((tensor) => backend.read(tensor)),
    );
    const perPrefix = Array.from(bounds, (prefix, j) => ({
      prefix,
      squaredError: squaredErrors[j],
      sparsity: sparsity[j],
      l0: l0[j],
    }));
    const total = perPrefix.reduce(
      (sum, term, j) =>
        sum + weights[j] * term.squaredError + tail[j] * loss.coefficient * term.sparsity,
      0,
    );
    if (!Number.isFinite(total)) throw new RangeError(`Cannot ${task}: it is ${total}`);
    return {
      loss: total,
      perPrefix,
      gradients: await readParameters(backend, gradients, task, "∂"),
    };
  } finally {
    w[Symbol.dispose]();
  }
}
