/**
 * A table whose head sorts it. Without its script it is a plain table.
 *
 * @module
 */
import { type Content, html, type Markup, markup } from "./html.ts";

/** A cell: its text, and the number to sort by if it is one. */
export interface Cell {
  readonly content: Content;
  readonly value?: number;
}

/** Rows under a head; the first column names the row. */
export interface SortableTable {
  readonly label: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The script that makes buttons of the head: a click or the keyboard sorts, once more in the other direction. */
export const SORT_SCRIPT = `
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const compare = (a, b) => {
    const [x, y] = [a, b].map((cell) => Number(cell.dataset.value));
    return a.dataset.value && b.dataset.value
      ? x - y
      : a.textContent.localeCompare(b.textContent, "en", { numeric: true });
  };
  const isMissing = (cell) => cell.textContent.trim() === "–";
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [row, row.cells[column]]);
      rows.sort(([, a], [, b]) => isMissing(a) - isMissing(b) || sign * compare(a, b));
      body.append(...rows.map(([row]) => row));
    });
  });
}
`;

/** Writes the table, which scrolls on a narrow page. */
export function sortableHtml({ label, head, rows }: SortableTable): Markup {
  const attribute = ({ value }: Cell) =>
    value === undefined || !Number.isFinite(value) ? undefined : html`
      data-value="${value}"
    `;
  const cells = ([first, ...rest]: readonly Cell[]): Content => [
    html`
      <th scope="row" ${attribute(first)}>${first.content}</th>
    `,
    rest.map((cell) => html`<td${attribute(cell)}>${cell.content}</td>`),
  ];
  return html`
    <div class="table" tabindex="0" role="group" aria-label="${label}">
      <table class="sortable">
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>
    ${rows.map((row) => html`<tr>${cells(row)}</tr>${markup("\n")}`)}</tbody>
      </table>
    </div>
  `;
}
