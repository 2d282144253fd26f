/** Elements whose texts are always text: nothing here, or anywhere in the page, parses HTML. */

/** A child of an element; `null` and `false` are left out. */
export type Child = Node | string | null | false;

/** Makes an element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...present(children));
  return element;
}

/** Makes an element of a picture. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...present(children));
  return element;
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child) => child !== null && child !== false);
}

/** The longest text of a token that is shown, in UTF-16 units. */
const LONGEST = 200;

/** Shows a token as text whose direction does not reach its neighbours. */
export function tokenText(text: string): HTMLElement {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return el("bdi", { class: "token" }, shown);
}

/** Finds an element of index.html. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Cannot show the explorer: index.html has no element ${id}`);
  return found;
}

/** Returns whether the keyboard is nowhere: what it was at is gone, or hidden. */
export function focusIsLost(): boolean {
  const { activeElement, body } = document;
  return !activeElement || activeElement === body || !activeElement.checkVisibility();
}
