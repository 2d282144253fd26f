/** The text that is printed about a comparison. */

import type { Comparison, Timing } from "./results.ts";

const TITLES: Record<keyof Comparison["timings"], string> = {
  encode: "encode",
  dense: "dense step",
  sparse: "sparse step",
  jaxEncode: "jax-js encode",
  jaxStep: "jax-js step",
};

/** Stages with a smaller share of the time than this are added up. */
const SMALL = 0.005;

/** Returns milliseconds in three digits. */
export function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

/** Returns times and stages, aligned. */
export function textReport(comparison: Comparison, software: boolean): string {
  const { name, shape: { B, d, N, P }, density, rates, timings } = comparison;
  const lines = [
    "",
    `${name}: B ${B}, d ${d}, N ${N}, P ${P}, ${(100 * density).toPrecision(2)} % active` +
    (software ? "   (SOFTWARE ADAPTER: its times say nothing about a GPU)" : ""),
    `F ${rates.gigaflops.toFixed(1)} GF/s, W ${rates.gigabytes.toFixed(1)} GB/s`,
  ];
  for (const [who, timing] of Object.entries(timings) as [keyof typeof TITLES, Timing][]) {
    const { ms, gigaflops, ofF, overFloor, firstMs, fromHostMs, samples } = timing;
    lines.push(
      `${TITLES[who].padEnd(14)} ${milliseconds(ms).padStart(9)} ms  ` +
        `${gigaflops.toFixed(1).padStart(9)} GF/s  ${(100 * ofF).toFixed(0).padStart(3)} % of F  ` +
        `${overFloor.toFixed(2).padStart(7)} × floor  first ${firstMs.toFixed(0)} ms` +
        (fromHostMs === undefined ? "" : `, from the host ${milliseconds(fromHostMs)} ms`) +
        `, ${samples.length} samples`,
    );
  }
  const { encode, dense, sparse, jaxEncode, jaxStep } = timings;
  const compare = (what: string, slow?: Timing, fast?: Timing) => {
    if (slow && fast) lines.push(`${what}: ${(slow.ms / fast.ms).toFixed(2)} ×`);
  };
  compare("dense step over sparse", dense, sparse);
  compare("jax-js encode over the package's", jaxEncode, encode);
  compare("jax-js step over the dense step", jaxStep, dense);
  compare("jax-js step over the sparse step", jaxStep, sparse);
  for (const [title, timing] of [["dense", dense], ["sparse", sparse]] as const) {
    if (timing?.stages) lines.push(`stages of the ${title} step:`, ...stageLines(timing.stages));
  }
  return lines.join("\n");
}

function stageLines(stages: NonNullable<Timing["stages"]>): string[] {
  const all = stages.reduce((sum, { ms }) => sum + ms, 0);
  const line = (stage: string, ms: number) =>
    `  ${stage.padEnd(48)} ${milliseconds(ms).padStart(9)} ms ${
      (100 * ms / all).toFixed(1).padStart(5)
    } %`;
  const large = stages.filter(({ ms }) => ms >= SMALL * all);
  const rest = all - large.reduce((sum, { ms }) => sum + ms, 0);
  return [
    ...large.toSorted((a, b) => b.ms - a.ms).map(({ stage, ms }) => line(stage, ms)),
    line(`${stages.length - large.length} others`, rest),
    line("all, each in a pass of its own", all),
  ];
}
