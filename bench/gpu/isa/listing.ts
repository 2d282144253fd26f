/**
 * The machine code of the step that a pipeline repeats, as text.
 *
 * @module
 */
import type { Compiled } from "./compile.ts";
import { type Line, parse } from "./instructions.ts";
import { hottest, isInside, loopsOf, stepLoop } from "./loops.ts";

/** Returns the lines of the step's loop, with the name and the number of trips of each loop inside. */
export function listingOf({ assembly }: Compiled): string {
  const lines = parse(assembly);
  const loops = loopsOf(lines);
  const hot = hottest(loops);
  if (hot === undefined) return textOf(lines);
  const step = stepLoop(loops, hot);
  const summary = loops.filter((loop) => loop === step || isInside(loop, step)).map((loop) => {
    const { name, trips, own } = loop;
    const role = [loop === step && "step", loop === hot && "hottest"].filter(Boolean).join(", ");
    return `  ${name}${role && ` (${role})`}: ${trips ?? "?"} ×, ${JSON.stringify(own)}`;
  });
  return [...summary, textOf(lines.slice(step.from, step.to + 1))].join("\n");
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ label, op, operands }) =>
    label ? `${label}:` : `    ${op} ${operands.join(", ")}`
  )
    .join("\n");
}
