/** Cuts a whole state of a trainer into those of ranks, as `Trainer.state` gives them there. */
import type { Checkpoint, Range, TrainerState, Values } from "../../mod.ts";
import { isPerLatent } from "../../src/training/checkpoint_rows.ts";

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
