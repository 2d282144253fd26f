/**
 * Draws README's picture from the demo's two trainings: `deno task picture` writes docs/pictures/absorption.svg, which
 * follows the reader's light or dark scheme.
 */

import { createBackend, ToyTree } from "@matryoshka/sae";
import { type ToyEvidence, type ToyResult, trainOnToyTree } from "../../cli/demo/toy_comparison.ts";

const STEPS = 15_000, BATCH_ROWS = 200, SEED = 0;
/** Pixels. */
const CELL = 10, LEFT = 84, TOP = 46, GAP = 40, FOOT = 44;
/** Fainter cells are left out. */
const LEAST_COSINE = 0.05;

const KINDS = [{ title: "Ordinary SAE", prefixCount: 1 }, {
  title: "Matryoshka SAE",
  prefixCount: 10,
}];

/** One of the two trainings. */
interface Panel {
  readonly title: string;
  readonly result: ToyResult;
  readonly evidence: ToyEvidence;
}

/** The features in the order of the rows: each parent before its children, then those without a parent. */
function featureOrder({ parents, featureCount }: ToyTree): number[] {
  const related = parents.flatMap(({ parent, children }) => [parent, ...children]);
  const others = Array.from({ length: featureCount }, (_, i) => i)
    .filter((i) => !related.includes(i));
  return [...related, ...others];
}

function squares({ evidence }: Panel, rows: readonly number[]): string[] {
  // evidence.order has the latent of each feature at that feature's place.
  const columns = rows.map((feature) => evidence.order[feature]);
  return rows.flatMap((feature, row) =>
    columns.flatMap((latent, column) => {
      const cosine = evidence.cosines[feature][latent];
      if (cosine < LEAST_COSINE) return [];
      const place = `x="${column * CELL}" y="${row * CELL}" width="${CELL - 1}" height="${
        CELL - 1
      }"`;
      return [`<rect class="cell" ${place} fill-opacity="${cosine.toFixed(2)}"/>`];
    })
  );
}

function panel(each: Panel, rows: readonly number[], x: number): string {
  const side = rows.length * CELL;
  const share = `${(100 * each.result.parentActiveWhenChild).toFixed(0)} %`;
  return [
    `<g transform="translate(${x} ${TOP})">`,
    `<text class="title" x="${side / 2}" y="-26" text-anchor="middle">${each.title}</text>`,
    `<text x="${side / 2}" y="-9" text-anchor="middle">${rows.length} latents</text>`,
    `<rect class="frame" x="-1.5" y="-1.5" width="${side + 2}" height="${side + 2}"/>`,
    ...squares(each, rows),
    `<text x="${side / 2}" y="${
      side + 20
    }" text-anchor="middle">in rows with an active child</text>`,
    `<text x="${side / 2}" y="${side + 36}" text-anchor="middle">its parent is active: ` +
    `<tspan class="title">${share}</tspan></text>`,
    `</g>`,
  ].join("\n");
}

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #333a41 }
.title { font-weight: 600 }
.cell { fill: #0b57b0 }
.frame { fill: none; stroke: #c3cad0 }
@media (prefers-color-scheme: dark) {
  text { fill: #d5dade }
  .cell { fill: #82b6ff }
  .frame { stroke: #4a525a }
}`;

/** The label of a row, which may be between two rows. */
function label(row: number, text: string): string {
  const y = TOP + (row + 1) * CELL - 1;
  return `<text x="${LEFT - 8}" y="${y}" text-anchor="end">${text}</text>`;
}

/** Returns the picture. */
function draw(panels: readonly Panel[], world: ToyTree): string {
  const rows = featureOrder(world);
  const side = rows.length * CELL;
  const width = LEFT + 2 * side + GAP + 4;
  const labels = world.parents.flatMap(({ parent, children }, tree) => {
    const row = rows.indexOf(parent);
    const middle = row + (children.length + 1) / 2;
    return [label(row, `parent ${tree + 1}`), label(middle, "its children")];
  });
  const related = world.parents.flatMap(({ children }) => children).length + world.parents.length;
  labels.push(label((related + rows.length - 1) / 2, "the others"));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${TOP + side + FOOT}" ` +
    `width="${width}" height="${TOP + side + FOOT}" role="img">`,
    `<title>Cosines of true features with latents, in an ordinary and in a Matryoshka SAE</title>`,
    `<style>${STYLE}\n</style>`,
    ...labels,
    ...panels.map((each, i) => panel(each, rows, LEFT + i * (side + GAP))),
    `</svg>\n`,
  ].join("\n");
}

if (import.meta.main) {
  using backend = await createBackend("wasm");
  const panels: Panel[] = [];
  for (const { title, prefixCount } of KINDS) {
    const options = { steps: STEPS, batchRows: BATCH_ROWS, seed: SEED, prefixCount, label: title };
    panels.push({ title, ...await trainOnToyTree(backend, options) });
  }
  const path = new URL("absorption.svg", import.meta.url);
  await Deno.writeTextFile(path, draw(panels, ToyTree.create({ seed: SEED })));
  console.log(`Wrote ${path.pathname}`);
}
