/** The tables of screening. */

import { environmentLines } from "../harness/environment.ts";
import { numberAlong } from "./cases.ts";
import type { Axis, Comparison, Lowering, ScreeningResults } from "./results.ts";

type Line = readonly string[];

const count = (n: number) => n.toLocaleString("en");
const ms = (value: number) => value < 100 ? value.toPrecision(3) : value.toFixed(0);
const times = (value: number) => `${value.toFixed(2)} ×`;

function markdown(head: Line, body: readonly Line[], words: number): string {
  const rule = head.map((_, i) => i < words ? "---" : "---:");
  return [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function loweringName({ tier, vnni }: Lowering): string {
  if (tier === "simd") return "plain SIMD";
  return vnni ? "relaxed SIMD" : "relaxed, no VNNI";
}

function caseName({ selection, shape: { B, d, N, P } }: Comparison): string {
  return `${selection} | ${[B, d, N, P].join(", ")}`;
}

/** Returns the lines below a table: what was equal, the backends, the machine. */
function notes({ comparisons, environment }: ScreeningResults): string {
  const gates = new Map(comparisons.map(({ task, gate }) => [task, gate]));
  const lines = [
    ...gates.entries().map(([task, gate]) =>
      `Equal in every bit before times of the ${task} were taken: ${gate}`
    ),
    ...environmentLines(environment),
  ];
  return lines.map((line) => `- ${line}.`).join("\n");
}

/** Returns the times of each comparison with and without screening. */
export function screeningTable(results: ScreeningResults): string {
  const head = [
    ...["lowering", "threads", "what", "selection", "B, d, N, P", "active"],
    ...["plain, ms", "screened, ms", "gain", "by default"],
  ];
  const body = results.comparisons.map((each) => [
    loweringName(each.lowering),
    `${each.threads}`,
    each.task,
    caseName(each),
    each.active.toPrecision(3),
    ms(each.plainMs),
    ms(each.screenedMs),
    times(each.speedup),
    each.autoSpeedup === undefined ? "" : times(each.autoSpeedup),
  ]);
  return [markdown(head, body, 5), "", notes(results)].join("\n");
}

/** Returns the parts of each screened encode. */
export function partsTable({ comparisons }: ScreeningResults): string {
  const head = [
    ...["lowering", "threads", "selection", "B, d, N, P", "active", "candidates"],
    ...["quantise rows, ms", "product and test, ms", "candidates, ms", "once: quantise E, ms"],
  ];
  const body = comparisons.flatMap((each) => {
    const { parts, candidates } = each;
    if (parts === undefined || candidates === undefined) return [];
    return [[
      loweringName(each.lowering),
      `${each.threads}`,
      caseName(each),
      each.active.toPrecision(3),
      candidates < 100 ? candidates.toPrecision(3) : count(Math.round(candidates)),
      ms(parts.quantizeRows),
      ms(parts.product),
      ms(parts.candidates),
      ms(parts.quantizeLatents),
    ]];
  });
  return markdown(head, body, 4);
}

const AXIS_NAMES: Readonly<Record<Axis, string>> = {
  N: "latents N",
  d: "inputs d",
  B: "rows B",
  P: "prefixes P",
  active: "active per row",
  crossover: "active per row",
};

function axisName({ axis, shape: { d, N, P } }: Comparison & { readonly axis: Axis }): string {
  return axis === "crossover" ? `${AXIS_NAMES[axis]}: d ${d}, N ${N}, P ${P}` : AXIS_NAMES[axis];
}

/** Returns the steps along each axis of the scaling chart. */
export function scalingTable(results: ScreeningResults): string {
  const head = [
    ...["along", "value", "dense, ms", "plain, ms", "screened, ms", "gain", "by default"],
    "tensors, MB",
  ];
  const body = results.comparisons.flatMap((each) =>
    each.axis === undefined ? [] : [[
      axisName({ ...each, axis: each.axis }),
      count(numberAlong(each.axis, each)),
      each.denseMs === undefined ? "" : ms(each.denseMs),
      ms(each.plainMs),
      ms(each.screenedMs),
      times(each.speedup),
      each.autoSpeedup === undefined ? "" : times(each.autoSpeedup),
      each.settledBytes === undefined ? "" : count(Math.round(each.settledBytes / 1e6)),
    ]]
  );
  return [markdown(head, body, 1), "", notes(results)].join("\n");
}
