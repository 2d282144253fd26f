/**
 * Reorders the latents of a model in training.
 *
 * @module
 */
import { gatherRows } from "../../kernels/gather_rows.ts";
import type { Backend } from "../../kernels/kernel.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";
import { Workspace } from "../step/workspace.ts";

/** Reorders latents by falling importance, together with their moments, thresholds and counts. */
export async function permuteLatents(backend: Backend, tensors: TrainerTensors): Promise<void> {
  const { model, firstMoments, secondMoments, importance, threshold, silentSteps } = tensors;
  const { jump } = tensors;
  const [N, d] = model.encoder.shape;
  const weights = await backend.read(importance);
  const order = Uint32Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a] || a - b);
  const silent = await backend.read(silentSteps);
  const w = new Workspace(backend);
  try {
    const orderTensor = w.u32(N);
    backend.write(orderTensor, order);
    const wide = [model, firstMoments, secondMoments].flatMap((p) => [p.encoder, p.decoder]);
    const narrow = [model, firstMoments, secondMoments].map((p) => p.encoderBias);
    const scratch = w.f32(N, d);
    const narrowScratch = w.view(scratch, N, 1);
    const program = w.own(
      await backend.record((r) => {
        for (const target of wide) {
          r.copy(target, scratch);
          r.run(gatherRows, { source: scratch, order: orderTensor, target }, {});
        }
        const thresholds = jump ? [jump.parameter, jump.firstMoment, jump.secondMoment] : [];
        for (const tensor of [...narrow, importance, threshold, ...thresholds]) {
          const target = w.view(tensor, N, 1);
          r.copy(target, narrowScratch);
          r.run(gatherRows, { source: narrowScratch, order: orderTensor, target }, {});
        }
      }),
    );
    backend.submit(program);
    backend.write(silentSteps, order.map((i) => silent[i]));
  } finally {
    w[Symbol.dispose]();
  }
}
