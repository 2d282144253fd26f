/** The tables of docs/gpu.md, from the recorded tables. */

import type { Figures } from "./figures.ts";
import { readRecorded, TINT_GPU } from "./recorded.ts";
import type { Table } from "./table.ts";

const PRODUCTS = [
  "encode",
  "encode_active",
  "prefix_residuals",
  "activation_gradient",
  "decoder_gradient",
];
const GATHERS = [
  "sparse_reverse_sums",
  "entry_gradients",
  "sparse_latent_gradients",
  "sparse_latent_gradients_rest",
  "sparse_decode",
];

function markdown(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const rule = head.map((_, n) => n < left ? "---" : "---:");
  return [head, rule, ...rows].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** The variant of a shader with the most vector instructions in a step and, of these, the most registers. */
function slowest(
  table: Table,
  matches: (label: string) => boolean,
): [string, Figures] | undefined {
  const rank = ({ stepVector, registers }: Figures) => 1000 * stepVector + registers;
  return [...table].filter(([label]) => matches(label)).reduce<[string, Figures] | undefined>(
    (worst, one) => worst === undefined || rank(one[1]) > rank(worst[1]) ? one : worst,
    undefined,
  );
}

const hasWords = (label: string, words: readonly string[]) => {
  const parts = label.split(" ");
  return parts[0] === words[0] && words.every((word) => parts.includes(word));
};

/** Returns the figures of a product on both GPUs and by Tint: its variant for a GPU with the most instructions. */
function products() {
  const [rdna3, rdna2] = [readRecorded("gfx1100").table, readRecorded("navi21").table];
  const tint = readRecorded(TINT_GPU, "tint").table;
  return PRODUCTS.flatMap((shader) =>
    ["SIDE=16", "SIDE=8"].flatMap((side) => {
      const found = slowest(rdna3, (label) => hasWords(label, [shader, side]));
      if (found === undefined) return [];
      const [label, figures] = found;
      return [{
        shader,
        side: side.slice(5),
        rdna3: figures,
        rdna2: rdna2.get(label)!,
        tint: tint.get(label),
      }];
    })
  );
}

const both = (a: number, b: number) => a === b ? `${a}` : `${a}, ${b}`;
const perFma = ({ stepVector, stepMultiplyAdds }: Figures) =>
  (stepVector / stepMultiplyAdds).toFixed(3);

/** Returns the table of the products' machine code. */
export function productsTable(): string {
  const head = [
    ...["kernel", "side", "VGPRs", "waves", "FMA of vector, hottest loop", "vector per FMA, step"],
    ...["waits", "loads", "Tint: vector per FMA", "waits"],
  ];
  const rows = products().map(({ shader, side, rdna3, rdna2, tint }) => [
    `\`${shader}\``,
    side,
    both(rdna3.registers, rdna2.registers),
    both(rdna3.waves, rdna2.waves),
    `${rdna3.multiplyAdds} of ${both(rdna3.vector, rdna2.vector)}`,
    perFma(rdna3) === perFma(rdna2) ? perFma(rdna3) : `${perFma(rdna3)}, ${perFma(rdna2)}`,
    both(rdna3.exposed, rdna2.exposed),
    both(rdna3.inFlight, rdna2.inFlight),
    tint === undefined ? "–" : perFma(tint),
    tint === undefined ? "–" : `${tint.exposed}`,
  ]);
  return [markdown(head, rows, 1), "", ...compilers()].join("\n");
}

function compilers(): string[] {
  const { compiler } = readRecorded("gfx1100");
  return [
    `- ${compiler}; Tint: ${readRecorded(TINT_GPU, "tint").compiler}, RDNA3 alone.`,
    "- Two numbers: RDNA3 (gfx1100), RDNA2 (navi21). Waves are those of 32 lanes that a SIMD holds.",
  ];
}

/** Returns the table of the kernels that gather rows. */
export function gathersTable(): string {
  const { table } = readRecorded("gfx1100");
  const rows = GATHERS.flatMap((shader) => {
    const found = slowest(table, (label) => label.split(" ")[0] === shader);
    if (found === undefined) return [];
    const { registers, waves, multiplyAdds, vector, exposed, inFlight } = found[1];
    return [
      [`\`${shader}\``, registers, waves, `${multiplyAdds} of ${vector}`, inFlight, exposed].map(
        String,
      ),
    ];
  });
  const head = ["kernel", "VGPRs", "waves", "FMA of vector", "loads under way", "waits per pass"];
  return markdown(head, rows, 1);
}

/** Returns the most that a product can reach of a GPU's rate, by what limits it. */
export function rooflineTable(): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const rows = products().map(({ shader, side, rdna3, rdna2 }) => {
    const issue2 = rdna2.stepMultiplyAdds / rdna2.stepVector;
    const others = rdna3.stepVector - rdna3.stepMultiplyAdds;
    const issue3 = rdna3.stepMultiplyAdds / (rdna3.stepMultiplyAdds + 2 * others);
    const lds3 = rdna3.stepMultiplyAdds / rdna3.stepLdsBytes;
    const serial3 = 1 / (1 / issue3 + 1 / lds3);
    const limits = [
      lds3 < issue3 ? "LDS" : "issue",
      ...rdna3.exposed > 1 ? [`${rdna3.exposed} latencies`] : [],
    ];
    return [
      `\`${shader}\``,
      side,
      percent(issue2),
      ["issue", ...rdna2.exposed > 1 ? [`${rdna2.exposed} latencies`] : []].join(", "),
      percent(issue3),
      percent(lds3),
      percent(serial3),
      limits.join(", "),
    ];
  });
  const head = [
    ...[
      "kernel",
      "side",
      "RDNA2: issue",
      "limit",
      "RDNA3: issue",
      "RDNA3: LDS",
      "RDNA3: without overlap",
    ],
    "limit",
  ];
  return markdown(head, rows, 1);
}
