/**
 * The parts of a report, and how they are written as HTML.
 *
 * @module
 */
import { type Content, html, type Markup } from "./html.ts";

/** Rows under a head; the first column names the row. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What to know about the rows: which are left out. */
  readonly note?: string;
}

/** A chart with its words. */
export interface Figure {
  readonly title: string;
  /** What one sees, and in which units. */
  readonly caption: string;
  readonly chart: Markup;
  /** The series, by the class of their colour. */
  readonly legend?: readonly { readonly colour: string; readonly name: string }[];
  /** The figures behind the chart. */
  readonly table?: Table;
  readonly wide?: boolean;
}

/** A part of a report under a heading. */
export interface Section {
  readonly title: string;
  readonly content: readonly Markup[];
}

/** Figures side by side where there is room. */
export function figuresHtml(figures: readonly Figure[]): Markup {
  return html`<div class="figures">${figures.map(figureHtml)}</div>`;
}

function figureHtml({ title, caption, chart, legend, table, wide }: Figure): Markup {
  return html`<figure${
    wide
      ? html`
        class="wide"
      `
      : ""
  }>
<h3>${title}</h3>
${legend && legendHtml(legend)}
<div class="chart" role="img" aria-label="${title}. ${caption}">${chart}</div>
<figcaption>${caption}</figcaption>
${table && html`<details><summary>Table: ${title}</summary>${tableHtml(table)}</details>`}
</figure>`;
}

function legendHtml(legend: NonNullable<Figure["legend"]>): Markup {
  return html`<ul class="legend">${
    legend.map(({ colour, name }) => html`<li class="${colour}">${name}</li>`)
  }</ul>`;
}

/** A table that scrolls within itself on a narrow page. */
export function tableHtml({ head, rows, note }: Table): Markup {
  const cells = ([first, ...rest]: readonly string[]): Content => [
    html`<th scope="row">${first}</th>`,
    rest.map((cell) => html`<td>${cell}</td>`),
  ];
  return html`
    <div class="table" tabindex="0" role="group" aria-label="Table">
      <table>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>
    ${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>
      </table>
    </div>${note && html`<p class="note">${note}</p>`}
  `;
}

/** Names and what they are set to. */
export function factsHtml(facts: readonly (readonly [string, string])[]): Markup {
  return html`<dl>${
    facts.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** The few figures to see first. */
export function tilesHtml(tiles: readonly { name: string; value: string; aside?: string }[]) {
  return html`<dl class="tiles">${
    tiles.map(({ name, value, aside }) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}${aside && html`
            <small>${aside}</small>
          `}</dd>
        </div>
      `
    )
  }</dl>`;
}
