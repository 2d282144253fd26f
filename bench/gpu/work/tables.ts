/** The tables of counted steps. */

import type { Shape } from "../../harness/problem.ts";
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

/** The columns of numbers. */
const COLUMNS: Readonly<Record<string, (step: CountedStep) => string>> = {
  "submits": ({ submits }) => `${submits}`,
  "dispatches": (step) => `${sumsOf(step).dispatches}`,
  "closed": ({ closed }) => `${closed}`,
  "MB bound": (step) => megabytes(sumsOf(step).boundBytes),
  "MB from the host": ({ writtenBytes }) => megabytes(writtenBytes),
  "MB held": ({ heldBytes }) => megabytes(heldBytes),
};

/** Returns the table of all counted steps: what an earlier commit's steps took, where that differs, and what they take. */
export function workTable(results: WorkResults, earlier: WorkResults): string {
  const head = ["B, d, N, P", "active", "step", ...Object.keys(COLUMNS)];
  const rows = results.shapes.flatMap(({ shape, steps }) =>
    steps.map((step) => {
      const { B, d, N, P, active } = shape;
      const before = stepOf(earlier, shape, step.algorithm);
      const numbers = Object.values(COLUMNS).map((show) => {
        const [was, is] = [show(before), show(step)];
        return was === is ? is : `${was} → ${is}`;
      });
      return [`${B}, ${d}, ${N}, ${P}`, `${active}`, step.algorithm, ...numbers];
    })
  );
  const rule = head.map((_, n) => n === 0 || n === 2 ? "---" : "---:");
  const lines = [head, rule, ...rows].map((line) => `| ${line.join(" | ")} |`);
  const { runtime, date, commit } = results.environment;
  const first = earlier.environment.commit.replace("+", "");
  return [
    ...lines,
    "",
    `- ${runtime}, ${date}, commit ${commit}. Before the arrow: commit ${first}.`,
  ]
    .join("\n");
}

function stepOf(
  { shapes, environment }: WorkResults,
  shape: Shape,
  algorithm: CountedStep["algorithm"],
): CountedStep {
  const key = ({ B, d, N, active, P }: Shape) => [B, d, N, active, P].join();
  const found = shapes.find((other) => key(other.shape) === key(shape))?.steps
    .find((step) => step.algorithm === algorithm);
  if (found) return found;
  throw new Error(
    `Cannot compare the ${algorithm} step of ${key(shape)}: ${environment.commit} has none`,
  );
}
