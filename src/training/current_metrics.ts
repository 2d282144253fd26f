import type { StepMetrics } from "./metrics_ring.ts";
import type { TrainerParts } from "./trainer_parts.ts";

/** Reads the metrics of the last step. Collective over ranks. */
export async function currentMetrics(
  { backend, tensors, options: { deadAfter }, ring, steps }: TrainerParts,
): Promise<StepMetrics> {
  const silent = await steps.ofAllLatents(await backend.read(tensors.silentSteps));
  const { screening, ...metrics } = await ring.latest(
    Array.from(silent, (steps) => steps >= deadAfter),
  );
  const candidates = await steps.candidatesOfAll(screening?.candidates);
  return { ...metrics, ...(candidates !== undefined && { screening: { candidates } }) };
}
