/** A chart of curves over steps: µPlot's canvas, a legend with values, and a table. */

import uPlot from "uplot";
import { count, figure } from "./format.ts";
import { STEPS } from "./world.ts";

/** One curve. Curves differ by their dashes as well as by colour. */
export interface Curve {
  readonly label: string;
  /** A custom property of the style sheet that holds the colour. */
  readonly colour: string;
  readonly dash?: number[];
  readonly width?: number;
}

/** Options of a chart. */
export interface ChartOptions {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly logarithmic?: boolean;
  /** Returns the bounds of the vertical axis for the range of the values. */
  range(low: number, high: number): [number, number];
  readonly wide?: boolean;
}

/** The steps, followed by the values of each curve. */
export type ChartData = number[][];

const HEIGHT = 200;
/** Rows of the table: few enough to listen to. */
const TABLE_ROWS = 12;
const FONT = "12px system-ui, sans-serif";

/** Draws curves with a legend and a table. */
export class Chart {
  readonly #options: ChartOptions;
  readonly #plot: uPlot;
  readonly #canvasBox: HTMLElement;
  readonly #values: HTMLElement[];
  readonly #details: HTMLDetailsElement;
  #data: ChartData;
  /** Steps of the whole run: the width of the chart. */
  #steps = STEPS;

  /** Appends an empty chart to `host`. */
  constructor(host: HTMLElement, options: ChartOptions) {
    this.#options = options;
    this.#data = [[], ...options.curves.map(() => [])];
    const box = add(host, "div", options.wide ? "chart wide" : "chart");
    add(box, "h3").textContent = options.title;
    this.#values = legend(box, options.curves);
    this.#canvasBox = add(box, "div", "plot");
    this.#canvasBox.role = "img";
    this.#plot = new uPlot(this.#settings(), this.#data as uPlot.AlignedData, this.#canvasBox);
    this.#details = add(box, "details") as HTMLDetailsElement;
    add(this.#details, "summary").textContent = `Values of “${options.title}” as a table`;
    this.#details.addEventListener("toggle", () => this.#writeTable());
    new ResizeObserver(() => this.#fit()).observe(this.#canvasBox);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#plot.redraw(false, true);
    });
    this.update(this.#data, STEPS);
  }

  /** Shows new values of a run of so many steps. */
  update(data: ChartData, steps: number): void {
    this.#data = data;
    this.#steps = steps;
    this.#plot.setData(data as uPlot.AlignedData);
    this.#writeLegend();
    this.#writeTable();
  }

  #settings(): uPlot.Options {
    const { curves, logarithmic } = this.#options;
    const axis = { stroke: () => colourOf("--quiet"), font: FONT, ticks: { show: false } };
    const grid = { stroke: () => colourOf("--line"), width: 1 };
    return {
      width: 320,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, sync: { key: "steps" }, y: false },
      scales: {
        x: { time: false, range: () => [0, this.#steps] },
        y: {
          distr: logarithmic ? 3 : 1,
          range: (_, low, high) => this.#options.range(low, high),
        },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28, values: (_, at) => at.map(count) },
        {
          ...axis,
          grid,
          size: 48,
          ...(logarithmic && { splits: (_, __, low, high) => decades(low, high) }),
          values: (_, at) => at.map((value) => `${value}`),
        },
      ],
      series: [
        {},
        ...curves.map(({ label, colour, dash, width = 2 }) => ({
          label,
          stroke: () => colourOf(colour),
          dash,
          width,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [() => this.#writeLegend()] },
    };
  }

  #fit(): void {
    const width = Math.floor(this.#canvasBox.clientWidth);
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  /** Writes the values under the pointer, or else the last ones. */
  #writeLegend(): void {
    const [steps, ...curves] = this.#data;
    const at = this.#plot?.cursor.idx ?? steps.length - 1;
    const texts = curves.map((values) => figure(values[at]));
    texts.forEach((text, i) => this.#values[i].textContent = text);
    const named = this.#options.curves.map(({ label }, i) => `${label} ${texts[i]}`);
    const when = steps.length ? `At step ${count(steps[at])}: ${named.join(", ")}` : "No steps yet";
    this.#canvasBox.ariaLabel = `${this.#options.title}. ${when}.`;
  }

  #writeTable(): void {
    if (!this.#details.open) return;
    this.#details.querySelector("table")?.remove();
    const [steps, ...curves] = this.#data;
    const table = add(this.#details, "table") as HTMLTableElement;
    const head = table.createTHead().insertRow();
    for (const title of ["step", ...this.#options.curves.map(({ label }) => label)]) {
      const th = add(head, "th") as HTMLTableCellElement;
      th.scope = "col";
      th.textContent = title;
    }
    const body = table.createTBody();
    const every = Math.max(1, Math.ceil(steps.length / TABLE_ROWS));
    steps.forEach((step, i) => {
      // Counted from the end, so that the last step is included.
      if ((steps.length - 1 - i) % every !== 0) return;
      const row = body.insertRow();
      const th = add(row, "th") as HTMLTableCellElement;
      th.scope = "row";
      th.textContent = count(step);
      for (const values of curves) row.insertCell().textContent = figure(values[i]);
    });
  }
}

/** Appends a legend, and returns the elements for the values. */
function legend(host: HTMLElement, curves: readonly Curve[]): HTMLElement[] {
  const list = add(host, "ul", "legend");
  return curves.map(({ label, colour, dash, width = 2 }) => {
    const item = add(list, "li");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.ariaHidden = "true";
    svg.setAttribute("viewBox", "0 0 28 8");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", "M0 4H28");
    line.setAttribute("stroke-width", `${width}`);
    if (dash) line.setAttribute("stroke-dasharray", dash.join(" "));
    line.style.stroke = `var(${colour})`;
    svg.append(line);
    item.append(svg, `${label} `);
    return add(item, "b");
  });
}

function add(host: HTMLElement, tag: string, className = ""): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  host.append(element);
  return element;
}

/** Returns the powers of ten in a range. */
function decades(low: number, high: number): number[] {
  const from = Math.ceil(Math.log10(low));
  const to = Math.floor(Math.log10(high));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => Number(`1e${from + i}`));
}

function colourOf(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property);
}
