/** Snapshots of made-up autoencoders, for the tests of what the page says of them. */

import type { ModelSnapshot, Snapshot } from "../../examples/browser/src/protocol.ts";
import { FEATURES, PARENTS } from "../../examples/browser/src/world.ts";

/** Makes an autoencoder whose parent latents are active in these shares of their rows. */
export function model(
  parentActiveAlone: number,
  parentActiveWhenChild: number,
  cosines: Float32Array = withCosines(1, 0),
): ModelSnapshot {
  return {
    loss: 1,
    perPrefix: [],
    latents: FEATURES.map((_, f) => f),
    cosines,
    meanCosine: 0,
    parentActiveWhenChild,
    parentActiveAlone,
    perParent: PARENTS.map(() => ({ withChild: parentActiveWhenChild, alone: parentActiveAlone })),
    perChild: PARENTS.flatMap(({ children }) => children.map(() => parentActiveWhenChild)),
  };
}

/** Makes cosines: of each feature with its own latent, and of each parent with its children's latents. */
export function withCosines(own: number, towardsParent: number): Float32Array {
  const F = FEATURES.length;
  const cosines = new Float32Array(F * F);
  for (let f = 0; f < F; f++) cosines[f * F + f] = own;
  for (const { parent, children } of PARENTS) {
    for (const child of children) cosines[parent * F + child] = towardsParent;
  }
  return cosines;
}

/** Makes a snapshot of two autoencoders. */
export function snapshot(vanilla: ModelSnapshot, matryoshka: ModelSnapshot): Snapshot {
  return { step: 1600, steps: 8000, seconds: 2.34, vanilla, matryoshka };
}
