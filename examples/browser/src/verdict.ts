/** Summarises the measurements in sentences. */

import { count, duration, percent } from "./format.ts";
import type { Snapshot } from "./protocol.ts";

/** A latent represents its parent if it is active in this share of the rows with the parent but no child. */
const STANDS_FOR = 0.8;
/** The difference shows if the shares of rows that miss the parent differ by this much. */
const APART = 0.5;

/** Returns whether both autoencoders have learnt the parents, and only vanilla loses them to their children. */
export function differenceShows({ vanilla, matryoshka }: Snapshot): boolean {
  return vanilla.parentActiveAlone >= STANDS_FOR && matryoshka.parentActiveAlone >= STANDS_FOR &&
    matryoshka.parentActiveWhenChild - vanilla.parentActiveWhenChild >= APART;
}

/** A piece of the headline, shown in the colour of its model. */
export interface Piece {
  readonly text: string;
  readonly model?: "vanilla" | "matryoshka";
}

/** Returns the headline with the measured shares. */
export function headline(snapshot: Snapshot): Piece[] {
  const missed = (model: "vanilla" | "matryoshka"): Piece => ({
    text: `${percent(1 - snapshot[model].parentActiveWhenChild)} of the rows`,
    model,
  });
  const opening = differenceShows(snapshot) ? "" : "So far: ";
  return [
    { text: `${opening}when a child is present, the vanilla SAE misses its parent in ` },
    missed("vanilla"),
    { text: ", the Matryoshka SAE in " },
    missed("matryoshka"),
    { text: "." },
  ].map((piece, i) => i || opening ? piece : { text: piece.text.replace(/^w/, "W") });
}

/** Returns the sentence below it. `shownAt` is the first snapshot in which the difference showed. */
export function detail(snapshot: Snapshot, shownAt: Snapshot | undefined): string {
  const { vanilla, matryoshka } = snapshot;
  const alone = `${percent(vanilla.parentActiveAlone)} and ${
    percent(matryoshka.parentActiveAlone)
  }`;
  if (!shownAt) {
    return `Still learning: a parent without a child is detected in ${alone} of the rows. ` +
      `Watch the outlined cells.`;
  }
  return `Both detect a parent without a child (${alone} of the rows), but the vanilla SAE’s parent latents ` +
    `fall silent when a child is present. This showed after ${
      duration(shownAt.seconds)
    } of training ` +
    `(${count(shownAt.step)} steps of each).`;
}
