/** Summarises the measurements in the headline. */

import { percent } from "./format.ts";
import { STANDS_FOR } from "./outcome.ts";
import type { Model, Snapshot } from "./protocol.ts";

/** The difference shows if the shares of rows that miss the parent differ by this much. */
const APART = 0.5;

/** Returns whether both autoencoders have learnt the parents: they detect those that have no child beside them. */
export function detectsParents({ vanilla, matryoshka }: Snapshot): boolean {
  return vanilla.parentActiveAlone >= STANDS_FOR && matryoshka.parentActiveAlone >= STANDS_FOR;
}

/** Returns whether both autoencoders have learnt the parents, and only vanilla loses them to their children. */
export function differenceShows(snapshot: Snapshot): boolean {
  const { vanilla, matryoshka } = snapshot;
  return detectsParents(snapshot) &&
    matryoshka.parentActiveWhenChild - vanilla.parentActiveWhenChild >= APART;
}

/** A piece of the headline, shown in the colour of its model. */
export interface Piece {
  readonly text: string;
  readonly model?: Model;
}

/** Returns the headline with the measured shares. */
export function headline(snapshot: Snapshot): Piece[] {
  const missed = (model: Model): Piece => ({
    text: `${percent(1 - snapshot[model].parentActiveWhenChild)} of the rows`,
    model,
  });
  const opening = detectsParents(snapshot) ? "" : "So far: ";
  return [
    { text: `${opening}when a child is present, the vanilla SAE misses its parent in ` },
    missed("vanilla"),
    { text: ", the Matryoshka SAE in " },
    missed("matryoshka"),
    { text: "." },
  ].map((piece, i) => i || opening ? piece : { text: piece.text.replace(/^w/, "W") });
}
