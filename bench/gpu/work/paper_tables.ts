/** The tables of a step on paper: against the clock of one GPU, on three cards, and its memory. */

import type { Shape } from "../../harness/problem.ts";
import type { GpuResults } from "../results.ts";
import { SHAPES } from "../shapes.ts";
import { CARDS } from "./cards.ts";
import { floorOf, heldMemory, kernelsOf, type KernelWork, ranksNeeded, USABLE } from "./model.ts";

const ALGORITHMS = ["sparse", "dense"] as const;
const MEASURED_SHAPE = "large";

const markdown = (head: readonly string[], body: readonly (readonly string[])[], left: number) => {
  const rule = head.map((_, n) => n < left ? "---" : "---:");
  return [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
};
const ms = (seconds: number) => (1e3 * seconds).toPrecision(3);
const count = (n: number) => n.toLocaleString("en");
const shapeText = ({ B, d, N, P, active }: Shape) =>
  `B ${count(B)}, d ${count(d)}, N ${count(N)}, ${P} prefixes, ${active} active latents per row`;

function measuredOf(results: GpuResults) {
  const comparison = results.comparisons.find(({ name }) => name === MEASURED_SHAPE)!;
  const { gigaflops, gigabytes } = comparison.rates;
  const rates = { flops: 1e9 * gigaflops, bandwidth: 1e9 * gigabytes };
  const seconds = (algorithm: "dense" | "sparse", { stages }: KernelWork) => {
    const timed = comparison.timings[algorithm]!.stages!.filter(({ stage }) =>
      stages.includes(stage)
    );
    return timed.reduce((sum, stage) => sum + stage.ms, 0) / 1e3;
  };
  return { comparison, rates, seconds };
}

/** Returns the kernels' times on the measured GPU beside their floors. */
export function checkTable(results: GpuResults): string {
  const { comparison, rates, seconds } = measuredOf(results);
  const rows = ALGORITHMS.flatMap((algorithm) => {
    const kernels = kernelsOf(comparison.shape, algorithm);
    const lines = kernels.map((kernel) => {
      const floor = floorOf(kernel, rates);
      const time = seconds(algorithm, kernel);
      return { kernel: kernel.kernel, limit: floor.limit, floor: floor.seconds, time };
    });
    const sum = (key: "floor" | "time") => lines.reduce((all, line) => all + line[key], 0);
    const step = comparison.timings[algorithm]!.ms / 1e3;
    const ratio = (a: number, b: number) => `${(a / b).toFixed(2)} ×`;
    return [
      ...lines.map(({ kernel, limit, floor, time }) => [
        `${algorithm}: ${kernel}`,
        limit,
        ms(floor),
        ms(time),
        ratio(time, floor),
      ]),
      [
        `**${algorithm}: these kernels**`,
        "",
        ms(sum("floor")),
        ms(sum("time")),
        ratio(sum("time"), sum("floor")),
      ],
      [`**${algorithm}: the step**`, "", "", ms(step), ratio(step, sum("floor"))],
    ];
  });
  const head = ["kernel", "limit", "floor, ms (model)", "ms (measured)", "measured / floor"];
  const { gigaflops, gigabytes } = comparison.rates;
  return [
    markdown(head, rows, 2),
    "",
    `- ${results.adapter}, ${results.environment.date}, commit ${results.environment.commit}; ` +
    `measured rates: ${(gigaflops / 1e3).toFixed(1)} Tflop/s and ${
      count(Math.round(gigabytes))
    } GB/s.`,
    `- ${shapeText(comparison.shape)}.`,
  ].join("\n");
}

/** Returns the floors on each card of a step of the paper's size, and what the measured GPU's ratios make of them. */
export function paperTable(results: GpuResults): string {
  const shape = SHAPES.huge;
  const { comparison, rates, seconds } = measuredOf(results);
  const rows = ALGORITHMS.flatMap((algorithm) => {
    const kernels = kernelsOf(shape, algorithm);
    const measured = kernelsOf(comparison.shape, algorithm);
    const ratios = measured.map((kernel) =>
      seconds(algorithm, kernel) / floorOf(kernel, rates).seconds
    );
    const floors = CARDS.map((card) => kernels.map((kernel) => floorOf(kernel, card)));
    const lines = kernels.map(({ kernel, flops, bytes, gathered }, k) => [
      `${algorithm}: ${kernel}`,
      count(Math.round(flops / 1e9)),
      (bytes / 1e9).toFixed(2),
      gathered === 0 ? "" : (gathered / 1e9).toFixed(2),
      ...floors.map((card) =>
        `${ms(card[k].seconds)}${card[k].limit === "bandwidth" ? " b" : " f"}`
      ),
    ]);
    const totals = floors.map((card) => card.reduce((sum, { seconds }) => sum + seconds, 0));
    const predicted = floors.map((card) =>
      card.reduce((sum, { seconds }, k) => sum + seconds * Math.max(1, ratios[k]), 0)
    );
    return [
      ...lines,
      [`**${algorithm}: floor**`, "", "", "", ...totals.map((s) => `**${ms(s)}**`)],
      [`**${algorithm}: expected**`, "", "", "", ...predicted.map((s) => `**${ms(s)}**`)],
    ];
  });
  const head = [
    "kernel",
    "Gflop",
    "GB once",
    "GB gathered",
    ...CARDS.map(({ name }) => `${name}, ms`),
  ];
  return [
    markdown(head, rows, 1),
    "",
    `- ${shapeText(shape)}. f: limited by multiply-adds, b: by bandwidth.`,
    ...CARDS.map(({ name, flops, bandwidth, source }) =>
      `- ${name}: ${flops / 1e12} Tflop/s and ${bandwidth / 1e9} GB/s ([source](${source})).`
    ),
  ].join("\n");
}

/** Returns the memory of a step, and the ranks that each card needs. */
export function cardMemoryTable(): string {
  const { B, d, P } = SHAPES.huge;
  const rows = [2 ** 15, 2 ** 16, 2 ** 17, 2 ** 18, 2 ** 20].map((N) => {
    const { weights, activations, sums, rows } = heldMemory({ B, d, N, P });
    const parts = [weights, activations, sums + rows, weights + activations + sums + rows];
    const ranks = CARDS.map(({ memory }) => ranksNeeded({ B, d, N, P }, memory));
    return [count(N), ...parts.map((bytes) => (bytes / 2 ** 30).toFixed(2)), ...ranks.map(String)];
  });
  const head = [
    ...["N", "E and D, their gradients and moments", "f and ∂pre", "G and the batch", "GiB in all"],
    ...CARDS.map(({ memory }) => `ranks on ${memory / 2 ** 30} GB`),
  ];
  const note = `- B ${count(B)}, d ${count(d)}, ${P} prefixes; a step may take ${
    100 * USABLE
  } % of a card's memory.`;
  return [markdown(head, rows, 0), "", note].join("\n");
}
