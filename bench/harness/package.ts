/** The package as a participant, through its public interface where it has one. */

import type { Backend } from "../../kernels/kernel.ts";
import { createBackend } from "../../src/backends.ts";
import { matryoshkaLoss } from "../../src/step/loss.ts";
import { resolveLoss, resolvePrefixes } from "../../src/step/loss_options.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import { recordStep } from "../../src/step/step_recording.ts";
import { recordRowNorms, stepTensors } from "../../src/step/step_tensors.ts";
import { Workspace } from "../../src/step/workspace.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { Job, Peer, Running } from "./peer.ts";
import { denseEncoding, sparseEncoding } from "./package_encodings.ts";
import { lossKind, trainerOptions } from "./step_options.ts";

/** Starts the package on WASM. */
export async function start(threads: number): Promise<Peer> {
  return peerOn(await createBackend("wasm", { threads }));
}

/** Starts the package on its reference backend, to try the bench itself. */
export async function startReference(): Promise<Peer> {
  return peerOn(await createBackend("reference"));
}

function peerOn(backend: Backend): Peer {
  return {
    description: `@matryoshka/sae ${backend.name}, ${backend.description}`,
    prepare(job, parameters, batch) {
      if (job.task === "encode") {
        return job.algorithm === "sparse"
          ? sparseEncoding(backend, job, parameters, batch)
          : denseEncoding(backend, parameters, batch);
      }
      if (job.task === "forward") return forward(backend, job, parameters, batch);
      return step(backend, job, parameters, batch);
    },
  };
}

/** The loss alone. No public function computes it without the gradients. */
function forward(
  backend: Backend,
  { B, d, N, algorithm, active, prefixes, constants }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  const loss = resolveLoss(lossKind(constants), N, "run the forward pass");
  const { bounds, weights } = resolvePrefixes(loss, prefixes, N, "run the forward pass");
  const w = new Workspace(backend);
  const sizes = { B, d, N, P: prefixes.length };
  const tensors = stepTensors(w, sizes, {
    model: w.parameters(d, N, parameters),
    input: w.filled(batch, B, d),
    threshold: w.f32(N),
    coefficient: w.filled([loss.coefficient], 1),
  });
  backend.write(tensors.bounds, bounds);
  backend.write(tensors.weights, weights);
  // The trainer, too, makes room for more latents than are active.
  const room = algorithm === "sparse" ? Math.min(2 * active, B * N) : undefined;
  const recorded = backend.record((r) => {
    recordRowNorms(r, tensors);
    recordStep(r, w, { sizes, loss, tensors, room });
  });
  const again = async () => backend.submit(await recorded);
  return {
    first: again,
    async outcome() {
      const [errors, sparsity] = await Promise.all(
        [tensors.squaredErrors, tensors.sparsity].map((tensor) => backend.read(tensor)),
      );
      const terms = prefixes.map((_, j) => errors[j] + loss.coefficient * sparsity[j]);
      return { loss: terms.reduce((sum, term, j) => sum + weights[j] * term, 0) };
    },
    again,
  };
}

function step(
  backend: Backend,
  { algorithm, screening, prefixes, constants }: Job,
  parameters: SaeParameters,
  batch: Float32Array,
): Running {
  const options = {
    ...trainerOptions({ parameters, prefixes, algorithm, constants }),
    ...screening === "off" && { screening },
  };
  let trainer: Trainer;
  return {
    async first() {
      trainer = await Trainer.create(backend, options);
      await trainer.step(batch);
    },
    async outcome() {
      const { loss } = await trainer.metrics();
      const updated = await trainer.parameters();
      trainer[Symbol.dispose]();
      const kind = { ...lossKind(constants), prefixes, algorithm };
      const { gradients } = await matryoshkaLoss(backend, parameters, batch, kind);
      trainer = await Trainer.create(backend, { ...options, learningRate: 0 });
      return { loss, gradients, updated };
    },
    again: () => trainer.step(batch),
  };
}
