/**
 * The parts of a report as HTML: figures, tables, lists of facts and tiles.
 *
 * @module
 */
import { type Content, html, type Markup, markup } from "./html.ts";

/** Rows under a head; the first column names the row. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A note below the table, such as which rows are left out. */
  readonly note?: string;
}

/** A chart with its title, caption and legend. */
export interface Figure {
  readonly title: string;
  /** What the chart shows, and in which units. */
  readonly caption: string;
  readonly chart: Markup;
  /** The series, by the class of their colour. */
  readonly legend?: readonly { readonly colour: string; readonly name: string }[];
  /** The numbers behind the chart. */
  readonly table?: Table;
  readonly wide?: boolean;
}

/** A part of a report under a heading. */
export interface Section {
  readonly title: string;
  readonly content: readonly Markup[];
}

/** Places figures side by side where there is room. */
export function figuresHtml(figures: readonly Figure[]): Markup {
  return html`<div class="figures">${figures.map(figureHtml)}</div>`;
}

function figureHtml({ title, caption, chart, legend, table, wide }: Figure): Markup {
  const wideClass = wide && markup(' class="wide"');
  return html`<figure${wideClass || undefined}>
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

/** Writes a table, which scrolls on a narrow page. */
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

/** Writes a list of names and values. */
export function factsHtml(facts: readonly (readonly [string, string])[]): Markup {
  return html`<dl>${facts.map(([name, value]) => entryHtml(name, value))}</dl>`;
}

/** A number with its name, and a remark such as its unit. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly aside?: string;
}

/** Writes tiles with the most important numbers. */
export function tilesHtml(tiles: readonly Tile[]): Markup {
  const entries = tiles.map(({ name, value, aside }) =>
    entryHtml(name, [value, aside && html`<small>${aside}</small>`])
  );
  return html`<dl class="tiles">${entries}</dl>`;
}

function entryHtml(name: string, value: Content): Markup {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>
  `;
}
