/** What the figures say, in a sentence. */

import { count, duration, percent } from "./format.ts";
import type { Snapshot } from "./protocol.ts";

/** A latent stands for its parent if it is active in this share of the rows in which the parent comes alone. */
const STANDS_FOR = 0.8;
/** The difference shows when the shares of rows in which the parent is missed are this far apart. */
const APART = 0.5;

/** Whether both have learnt the parents, and vanilla alone loses them to their children. */
export function differenceShows({ vanilla, matryoshka }: Snapshot): boolean {
  return vanilla.parentActiveAlone >= STANDS_FOR && matryoshka.parentActiveAlone >= STANDS_FOR &&
    matryoshka.parentActiveWhenChild - vanilla.parentActiveWhenChild >= APART;
}

/** A piece of the headline, in the colour of the model that it is about. */
export interface Piece {
  readonly text: string;
  readonly model?: "vanilla" | "matryoshka";
}

/** The sentence above all, with what was measured. */
export function headline(snapshot: Snapshot): Piece[] {
  const missed = (model: "vanilla" | "matryoshka"): Piece => ({
    text: `${percent(1 - snapshot[model].parentActiveWhenChild)} of the rows`,
    model,
  });
  const opening = differenceShows(snapshot) ? "" : "So far: ";
  return [
    { text: `${opening}with a child there, the vanilla SAE misses its parent in ` },
    missed("vanilla"),
    { text: ", the Matryoshka SAE in " },
    missed("matryoshka"),
    { text: "." },
  ].map((piece, i) => i || opening ? piece : { text: piece.text.replace(/^w/, "W") });
}

/** The sentence below it. `shownAt` is the first snapshot in which the difference showed. */
export function detail(snapshot: Snapshot, shownAt: Snapshot | undefined): string {
  const { vanilla, matryoshka } = snapshot;
  const alone = `${percent(vanilla.parentActiveAlone)} and ${
    percent(matryoshka.parentActiveAlone)
  }`;
  if (!shownAt) {
    return `Still learning: their latents see a parent that comes alone in ${alone} of the rows. ` +
      `Watch the outlined cells.`;
  }
  return `Both see a parent that comes alone (${alone}): the vanilla SAE’s parent latents fall silent ` +
    `beside a child. This showed after ${duration(shownAt.seconds)} of training ` +
    `(${count(shownAt.step)} steps of each).`;
}
