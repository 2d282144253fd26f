import type { Backend } from "../../kernels/kernel.ts";
import type { StepMetrics } from "./metrics_ring.ts";
import { deadFrom } from "./resolved_trainer.ts";
import type { TrainerParts } from "./trainer_parts.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** Reads the metrics of the last step. Collective over ranks. */
export async function currentMetrics(
  { backend, tensors, options, ring, steps }: TrainerParts,
): Promise<StepMetrics> {
  const silent = await steps.ofAllLatents(await backend.read(tensors.silentSteps));
  const { screening, ...metrics } = await ring.latest(
    Array.from(silent, (steps) => steps >= deadFrom(options)),
  );
  const candidates = await steps.candidatesOfAll(screening?.candidates);
  const threshold = await runningThresholdOf(backend, tensors);
  return {
    ...metrics,
    ...(threshold !== undefined && { threshold }),
    ...(candidates !== undefined && { screening: { candidates } }),
  };
}

/** Reads the running threshold, which is undefined until an activation has been seen. */
export async function runningThresholdOf(
  backend: Backend,
  { runningThreshold }: TrainerTensors,
): Promise<number | undefined> {
  if (runningThreshold === undefined) return undefined;
  const [sum, weight] = await backend.read(runningThreshold);
  return weight > 0 ? sum / weight : undefined;
}
