/** Says in one sentence what the trees show at this step. */

import { count, duration } from "./format.ts";
import { outcomes, type Tally, tally } from "./outcome.ts";
import type { Snapshot } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import { detectsParents, differenceShows } from "./verdict.ts";
import { PARENTS } from "./world.ts";

/** A sentence. Those with the same key tell the same story with other numbers. */
export interface Scene {
  readonly key: "learning" | "apart" | "both absorb" | "both keep" | "mixed";
  readonly text: string;
  /** When it was first seen, if that is known. */
  readonly when?: string;
}

/** Returns the sentence for a snapshot. `shownAt` is the first one in which the difference showed. */
export function narrate(
  snapshot: Snapshot,
  settings: Settings,
  shownAt: Snapshot | undefined,
): Scene {
  const vanilla = tally(outcomes(snapshot.vanilla));
  const matryoshka = tally(outcomes(snapshot.matryoshka));
  const parents = PARENTS.length;
  const silent = vanilla.parents.absorbed;
  const silentToo = matryoshka.parents.absorbed;
  if (differenceShows(snapshot)) {
    const text =
      "Both detect a parent without a child, but the vanilla SAE’s parent latents fall " +
      "silent when a child is present.";
    const { seconds, step } = shownAt ?? snapshot;
    const when = `Seen after ${duration(seconds)} of training, ${count(step)} steps of each.`;
    return { key: "apart", text, when };
  }
  if (!detectsParents(snapshot)) {
    return {
      key: "learning",
      text: `Still learning: of the 12 features in the trees, the vanilla SAE has latents for ` +
        `${learnt(vanilla)}, the Matryoshka SAE for ${learnt(matryoshka)}.`,
    };
  }
  const opening = settings.prefixes === 1
    ? "With one prefix, the Matryoshka SAE is an ordinary one: "
    : "";
  if (silent === parents && silentToo === parents) {
    const text = `${opening}in both, a parent’s latent falls silent when a child is present.`;
    return { key: "both absorb", text: capital(text) };
  }
  if (silent === 0 && silentToo === 0) {
    const text = `${opening}in both, a parent’s latent is active with and without a child.`;
    return { key: "both keep", text: capital(text) };
  }
  const text =
    `${opening}beside a child, the vanilla SAE keeps ${parents - silent} of ${parents} ` +
    `parents active, the Matryoshka SAE ${parents - silentToo}.`;
  return { key: "mixed", text: capital(text) };
}

function learnt({ parents, children }: Tally): number {
  return parents.kept + parents.absorbed + children.kept + children.absorbed;
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
