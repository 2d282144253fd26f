/** Finds the elements of the page. */

/** Returns the element with an id, which the page has. */
export function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
