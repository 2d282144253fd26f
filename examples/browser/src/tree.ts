/** Draws the features of the toy world as trees, and shows what an autoencoder has made of each. */

import { percent } from "./format.ts";
import { type Outcome, outcomes, tally } from "./outcome.ts";
import { type Model, type ModelSnapshot, TITLES } from "./protocol.ts";
import { svg } from "./svg.ts";
import { PARENTS } from "./world.ts";

/** The size of a drawing, in its own units. */
export const TREE_SIZE = { width: 420, height: 224 };

const PARENT = { y: 50, radius: 20 };
const CHILD = { y: 124, radius: 13, apart: 44 };
const SINGLE = { y: 207, radius: 8, first: 84, apart: 43 };
const TREES_APART = TREE_SIZE.width / PARENTS.length;
/** The least size of a disc, so that it stays visible. */
const LEAST_DISC = 0.12;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

interface Node {
  readonly group: SVGGElement;
  readonly disc: SVGCircleElement;
  readonly radius: number;
}

/** The drawing of one autoencoder: made once, and changed by each snapshot. */
export class TreeDrawing {
  /** The drawing. */
  readonly element: SVGSVGElement;
  readonly #model: Model;
  readonly #nodes = new Map<number, Node>();
  readonly #edges = new Map<number, SVGLineElement>();
  readonly #names = new Map<number, SVGTextElement>();
  readonly #shares = new Map<number, SVGTextElement>();

  /** Draws the features, none of which is learnt. */
  constructor(model: Model) {
    this.#model = model;
    const { width, height } = TREE_SIZE;
    this.element = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "tree" });
    PARENTS.forEach(({ parent, children }, t) => {
      const letter = "ABC"[t];
      const x = TREES_APART * (t + 0.5);
      const place = { x, ...PARENT };
      const places = children.map((_, c): Place => ({ x: x + (c - 1) * CHILD.apart, ...CHILD }));
      // Lines first, so that the nodes cover their ends.
      children.forEach((child, c) => this.#addEdge(child, place, places[c]));
      this.#addNode(parent, place);
      this.#addText(this.#names, parent, { ...place, y: 20 }, `parent ${letter}`);
      this.#addText(this.#shares, parent, { ...place, x: x + 44, y: place.y + 5 }, "");
      children.forEach((child, c) => {
        this.#addNode(child, places[c]);
        const below = places[c].y + CHILD.radius;
        const name = `${letter}${c + 1}`;
        this.#addText(this.#names, child, { ...places[c], y: below + 17 }, name, "name child");
        this.#addText(this.#shares, child, { ...places[c], y: below + 32 }, "");
      });
    });
    const text = { x: 10, y: SINGLE.y + 5, class: "name start" };
    this.element.append(svg("text", text, "singles"));
    const inTrees = this.#nodes.size;
    for (let i = 0; i < 8; i++) {
      this.#addNode(inTrees + i, { ...SINGLE, x: SINGLE.first + i * SINGLE.apart });
    }
    this.clear();
  }

  /** Shows features of which none is learnt. */
  clear(): void {
    for (const feature of this.#nodes.keys()) this.#show(feature, "learning", 0);
    for (const share of this.#shares.values()) share.textContent = "";
    this.#describe("no feature is learnt yet");
  }

  /** Shows a snapshot. */
  update(model: ModelSnapshot): void {
    const result = outcomes(model);
    const F = model.latents.length;
    result.forEach((outcome, f) => this.#show(f, outcome, model.cosines[f * F + f]));
    PARENTS.forEach(({ parent, children }, t) => {
      const { withChild } = model.perParent[t];
      if (result[parent] !== "learning") this.#show(parent, result[parent], withChild);
      this.#shares.get(parent)!.textContent = percent(withChild);
      children.forEach((child, c) => {
        const share = model.perChild[t * children.length + c];
        this.#shares.get(child)!.textContent = percent(share);
        const both = result[child] === "absorbed" ? `+${"ABC"[t]}` : "";
        this.#names.get(child)!.textContent = `${"ABC"[t]}${c + 1}${both}`;
      });
    });
    const { parents, children } = tally(result);
    this.#describe(
      `parents: ${words(parents)}; children: ${words(children)}`,
    );
  }

  /** Shows a feature; `size` from 0 to 1 is that of the disc. */
  #show(feature: number, outcome: Outcome, size: number): void {
    const { group, disc, radius } = this.#nodes.get(feature)!;
    group.setAttribute("class", `node ${outcome}`);
    const share = Math.min(1, Math.max(LEAST_DISC, size));
    disc.setAttribute("r", (share * (radius - 3)).toFixed(1));
    this.#edges.get(feature)?.setAttribute("class", `edge ${outcome}`);
  }

  #describe(state: string): void {
    this.element.setAttribute("aria-label", `Tree of features, ${TITLES[this.#model]}: ${state}`);
  }

  #addEdge(child: number, from: Place, to: Place): void {
    const line = svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
    this.#edges.set(child, line);
    this.element.append(line);
  }

  #addNode(feature: number, { x, y, radius }: Place): void {
    const group = svg("g", { "data-feature": feature });
    const disc = svg("circle", { class: "disc", cx: x, cy: y });
    group.append(svg("circle", { class: "ring", cx: x, cy: y, r: radius }), disc);
    this.#nodes.set(feature, { group, disc, radius });
    this.element.append(group);
  }

  #addText(
    texts: Map<number, SVGTextElement>,
    feature: number,
    { x, y }: Place,
    text: string,
    className = texts === this.#names ? "name" : "share",
  ): void {
    const element = svg("text", { x, y, class: className }, text);
    texts.set(feature, element);
    this.element.append(element);
  }
}

function words({ learning, kept, absorbed }: Readonly<Record<Outcome, number>>): string {
  const counts = { kept, absorbed, "not learnt": learning };
  const named = Object.entries(counts).filter(([, n]) => n > 0).map(([name, n]) => `${n} ${name}`);
  return named.join(", ");
}
