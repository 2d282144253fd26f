/**
 * A document: only browsers have one of their own.
 *
 * @module
 */
import { parseHTML } from "linkedom";

/** Parses a whole page. */
export function parseHtml(text: string): Document {
  return parseHTML(text).document;
}
