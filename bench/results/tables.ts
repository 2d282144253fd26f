/** The tables of the pages, by the names of their markers. */

import type { EdgeResults } from "../edge/results.ts";
import { largestTable, servicesTable } from "../edge/tables.ts";
import { render } from "../gpu/render.ts";
import { gathersTable, productsTable, rooflineTable } from "../gpu/isa/doc_tables.ts";
import type { GpuResults } from "../gpu/results.ts";
import type { WorkResults } from "../gpu/work/counted.ts";
import { cardMemoryTable, checkTable, paperTable } from "../gpu/work/paper_tables.ts";
import { workTable } from "../gpu/work/tables.ts";
import { environmentLines } from "../harness/environment.ts";
import type { Task } from "../harness/peer.ts";
import type { MpiResults } from "../mpi/results.ts";
import {
  memoryTable,
  messagesTable,
  messageTimesTable,
  predictionTable,
  speedupTable,
} from "../mpi/tables.ts";
import { descriptions, rateLines } from "../peers/running/report.ts";
import type { CpuResults } from "../peers/running/rows.ts";
import { type Column, markdownTable } from "../peers/running/table.ts";
import type { RecipesResults } from "../recipes/results.ts";
import { recipesTable } from "../recipes/table.ts";
import type { ScreeningResults } from "../screening/results.ts";
import { costsTable } from "../training/costs_table.ts";
import type { CostsResults, TrainingResults } from "../training/results.ts";
import { trainingTable } from "../training/table.ts";
import { partsTable, scalingTable, screeningTable } from "../screening/tables.ts";

/** A table: which results it shows, and how. */
export interface Table {
  /** Ends the names of the files; the newest one is shown. Absent if the table is computed from formulas. */
  readonly results?: string;
  render(results: unknown): string;
}

const STEP: readonly Column[] = ["participant", "threads", "ms", "over floor"];

/** All tables. */
export const TABLES: Readonly<Record<string, Table>> = {
  "bench:steps": {
    results: "cpu-steps",
    render: cpuTable("step", ["participant", "threads", "P", "ms", "over floor", "× sparse"]),
  },
  "bench:pytorch": {
    results: "cpu-pytorch",
    render: cpuTable("step", [...STEP, "× dense", "× sparse"]),
  },
  "bench:javascript": {
    results: "cpu-javascript",
    render: cpuTable("step", [...STEP, "× dense", "× sparse"]),
  },
  "bench:encode": {
    results: "cpu-javascript",
    render: cpuTable("encode", ["participant", "threads", "ms", "of F", "× dense"]),
  },
  "bench:screening": screeningTables("cpu-screening", screeningTable),
  "bench:screeningparts": screeningTables("cpu-screening", partsTable),
  "bench:scaling": screeningTables("cpu-scaling", scalingTable),
  "bench:training": {
    results: "cpu-training",
    render: (results) => trainingTable(results as TrainingResults),
  },
  "bench:costs": {
    results: "cpu-costs",
    render: (results) => costsTable(results as CostsResults),
  },
  "bench:recipes": {
    results: "cpu-recipes",
    render: (results) => recipesTable(results as RecipesResults),
  },
  "bench:gpu": {
    results: "webgpu-h200",
    render: (results) => render([results as GpuResults], { measuredOnly: true }),
  },
  "bench:isaproducts": { render: productsTable },
  "bench:isagathers": { render: gathersTable },
  "bench:roofline": { render: rooflineTable },
  "bench:gpuwork": {
    results: "webgpu-work",
    render: (results) => {
      const file = new URL("2026-11-28-webgpu-work-before.json", import.meta.url);
      return workTable(results as WorkResults, JSON.parse(Deno.readTextFileSync(file)));
    },
  },
  "bench:gpucheck": {
    results: "webgpu-h200",
    render: (results) => checkTable(results as GpuResults),
  },
  "bench:gpupaper": {
    results: "webgpu-h200",
    render: (results) => paperTable(results as GpuResults),
  },
  "bench:gpumemory": { render: cardMemoryTable },
  "bench:ranks": { render: messagesTable },
  "bench:rankmemory": { render: memoryTable },
  "bench:rankspeedup": mpiTable(speedupTable),
  "bench:rankmessages": mpiTable(messageTimesTable),
  "bench:rankpredictions": mpiTable(predictionTable),
  "bench:edge": edgeTable(servicesTable),
  "bench:edgelargest": edgeTable(largestTable),
};

/** Renders the rows of one task, with the rates, participants and environment as notes. */
function cpuTable(task: Task, columns: readonly Column[]): Table["render"] {
  return (results) => {
    const { environment, rows } = results as CpuResults;
    const shown = rows.filter((row) => row.task === task);
    const notes = [...rateLines(shown), ...descriptions(shown), ...environmentLines(environment)];
    return [markdownTable(shown, columns), "", ...notes.map((note) => `- ${note}.`)].join("\n");
  };
}

function screeningTables(results: string, render: (results: ScreeningResults) => string): Table {
  return { results, render: (measured) => render(measured as ScreeningResults) };
}

function mpiTable(render: (results: MpiResults) => string): Table {
  return { results: "cpu-mpi", render: (results) => render(results as MpiResults) };
}

function edgeTable(render: (results: EdgeResults) => string): Table {
  return { results: "cpu-edge", render: (results) => render(results as EdgeResults) };
}
