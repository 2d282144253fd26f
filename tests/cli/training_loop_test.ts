/** Which metrics the loop of `train` keeps for a checkpoint. */
import { assertEquals } from "@std/assert";
import type { StopSignal } from "../../cli/terminal/stop_signal.ts";
import { trainingLoop } from "../../cli/training/training_loop.ts";
import { createBackend, Random, type StepMetrics, ToyTree, Trainer } from "../../mod.ts";

Deno.test("an interrupted extension keeps the metrics of the run so far, but not those of its own last step", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, { inputSize: 20, latentCount: 24, steps: 200 });
  const batches = ToyTree.create({ seed: 77 }).batches(16, Random.fromSeed(1));
  const earlier: StepMetrics[] = [];
  for (let step = 1; step <= 3; step++) {
    await trainer.step((await batches.next()).value!);
    earlier.push(await trainer.metrics());
  }
  const stop: Pick<StopSignal, "requested"> = {
    get requested() {
      return trainer.stepCount === 5;
    },
  };
  const { error } = console;
  console.error = () => {};
  try {
    // Of 200 steps, every fourth is planned; of the run's first three, all were.
    const options = { label: "step", steps: 200, batchRows: 16, stop, metrics: earlier };
    const { metrics, plannedMetrics } = await trainingLoop(trainer, batches, options);
    assertEquals(metrics.map(({ step }) => step), [1, 2, 3, 4, 5]);
    assertEquals(plannedMetrics, metrics.slice(0, 4));
  } finally {
    console.error = error;
  }
});
