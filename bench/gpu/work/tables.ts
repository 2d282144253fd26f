/** The tables of counted steps. */

import type { CountedStep, WorkResults } from "./counted.ts";

const megabytes = (bytes: number) =>
  (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 0 });

/** Returns the sums over a step's shaders. */
export function sumsOf({ shaders }: CountedStep): { dispatches: number; boundBytes: number } {
  const works = Object.values(shaders);
  const sum = (key: "dispatches" | "boundBytes") => works.reduce((all, work) => all + work[key], 0);
  return { dispatches: sum("dispatches"), boundBytes: sum("boundBytes") };
}

/** Describes a step in a line. */
export function lineOf(step: CountedStep): string {
  const { dispatches, boundBytes } = sumsOf(step);
  return `${step.algorithm}: ${step.submits} submits, ${dispatches} dispatches (${step.closed} more closed), ` +
    `${megabytes(boundBytes)} MB bound, ${
      megabytes(step.writtenBytes)
    } MB written, ${step.maps} read back, ` +
    `${megabytes(step.heldBytes)} MB held`;
}

/** Returns the table of all counted steps. */
export function workTable({ shapes, environment }: WorkResults): string {
  const head = [
    ...[
      "B, d, N, P",
      "active",
      "step",
      "submits",
      "dispatches",
      "closed",
      "MB bound",
      "MB from the host",
    ],
    "MB held",
  ];
  const rows = shapes.flatMap(({ shape: { B, d, N, P, active }, steps }) =>
    steps.map((step) => {
      const { dispatches, boundBytes } = sumsOf(step);
      const numbers = [step.submits, dispatches, step.closed].map(String);
      const bytes = [boundBytes, step.writtenBytes, step.heldBytes].map(megabytes);
      return [`${B}, ${d}, ${N}, ${P}`, `${active}`, step.algorithm, ...numbers, ...bytes];
    })
  );
  const rule = head.map((_, n) => n === 0 || n === 2 ? "---" : "---:");
  const lines = [head, rule, ...rows].map((line) => `| ${line.join(" | ")} |`);
  const { runtime, date, commit } = environment;
  return [...lines, "", `- ${runtime}, ${date}, commit ${commit}.`].join("\n");
}
