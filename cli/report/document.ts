/**
 * The document that Deno itself does not have.
 *
 * @module
 */
import { parseHTML } from "linkedom";

/** Parses a whole page. */
export function parseHtml(text: string): Document {
  return parseHTML(text).document;
}
