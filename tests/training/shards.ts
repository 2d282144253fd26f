/** Cuts a whole state of a trainer into those of ranks, as `Trainer.state` gives them there. */
import {
  type Checkpoint,
  createBackend,
  encodeSafetensors,
  type Range,
  ShuffledActivations,
  sourceFromBytes,
  Trainer,
  type TrainerState,
  type Values,
} from "../../mod.ts";
import { normalBatches } from "./runs.ts";
import { isPerLatent } from "../../src/training/checkpoint_rows.ts";

/** Input size of the run. */
export const d = 3;
/** Latents of the run. */
export const N = 7;

/** A whole checkpoint of a small run after some steps. */
export async function checkpointOf(name: "reference" | "wasm", steps = 2): Promise<Checkpoint> {
  using backend = await createBackend(name);
  using trainer = await Trainer.create(backend, { inputSize: d, latentCount: N, steps: 10 });
  for (const batch of normalBatches(Array(steps).fill(4), d, 1)) await trainer.step(batch);
  const data = Float32Array.from({ length: 30 }, (_, i) => i);
  const files = [sourceFromBytes(encodeSafetensors({ x: { shape: [10, d], data } }), "x")];
  const batches = await ShuffledActivations.open(files, { batchRows: 2, bufferRows: 4 });
  await batches.next();
  return {
    trainer: await trainer.state(),
    shuffle: batches.state(),
    record: { history: [0.5] },
    createdBy: "a test",
  };
}

/** The state of a rank that holds some latents of a whole one. */
export function shareOf(state: TrainerState, latents: Range): TrainerState {
  const N = state.options.latentCount as number;
  const { from, to } = latents;
  if (from === 0 && to === N) return state;
  const cut = (values: Values): Values => {
    const width = values.length / N;
    return values.slice(from * width, to * width);
  };
  const tensors = Object.entries(state.tensors).map(([name, values]) =>
    [name, isPerLatent(name) ? cut(values) : values] as const
  );
  return { ...state, latents, tensors: Object.fromEntries(tensors) };
}

/** Consecutive ranges of latents of these lengths. */
export function ranges(lengths: readonly number[]): Range[] {
  let from = 0;
  return lengths.map((length) => ({ from, to: from += length }));
}

/** The shards of a checkpoint by ranks with this many latents each. */
export function shardsOf(checkpoint: Checkpoint, lengths: readonly number[]): Checkpoint[] {
  return ranges(lengths).map((latents) => ({
    ...checkpoint,
    trainer: shareOf(checkpoint.trainer, latents),
  }));
}
