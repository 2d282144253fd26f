/** What the page and its view of new rows, which are two scripts, say to each other. */
import type { VocabularyPiece } from "../../format.ts";
import type { View } from "../view.ts";

/** The view of new rows. */
export interface LiveText {
  /** Shows a state: the level, and the latent by which the text is coloured. */
  update(view: View): void;
}

/** What the view takes from the page. */
export interface LiveTools {
  loadVocabulary(piece: number): Promise<VocabularyPiece>;
}

/** Puts the view into an element. */
export type OpenLive = (box: HTMLElement, view: View, tools: LiveTools) => LiveText;
