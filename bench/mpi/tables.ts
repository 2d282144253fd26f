/** The tables of docs/more-than-one-machine.md. */

import { environmentLines } from "../harness/environment.ts";
import { bytesOfRank } from "./memory.ts";
import { NETWORKS } from "./network.ts";
import { predictions } from "./prediction.ts";
import { PUBLISHED } from "./published.ts";
import type { MpiResults } from "./results.ts";
import { bytesOfStep, type RankStep, type StepMessage, stepMessages } from "./step_messages.ts";

type Line = readonly string[];

/** Returns a Markdown table whose columns from `numbers` on are aligned to the right. */
function markdown(head: Line, body: readonly Line[], numbers: number): string {
  const rule = head.map((_, i) => i < numbers ? "---" : "---:");
  return [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const CALLS: Readonly<Record<StepMessage["call"], string>> = {
  exclusiveScan: "exclusive scan",
  reverseExclusiveScan: "reverse exclusive scan",
  allReduce: "all-reduce",
  allGather: "all-gather",
};

/** Returns the condition under which a step makes a call. */
function condition({ group, content }: StepMessage): string {
  if (content.startsWith("the ")) return "topk, R > 1";
  if (content.startsWith("a histogram")) return "batchtopk, once per digit";
  return { all: "", replica: "R > 1", "same latents": "G > 1" }[group];
}

/** Returns the table of all calls that a step can make. */
export function messagesTable(): string {
  const grid = { rows: 1, inputSize: 1, latents: 1, prefixes: 1, ranksPerReplica: 2, replicas: 2 };
  const of = (activation: RankStep["activation"]) => stepMessages({ ...grid, activation });
  const [histogram] = of({ kind: "batchtopk", digits: 1 });
  const lines = [histogram, ...of({ kind: "topk", k: 1 })].map((message) => [
    CALLS[message.call],
    { all: "W", replica: "R", "same latents": "G" }[message.group],
    message.content,
    message.calls > 1 ? `${message.calls} × ${message.formula}` : message.formula,
    condition(message),
  ]);
  return markdown(["call", "among", "carries", "bytes", "if"], lines, 5);
}

const ROWS = 4096;
const PREFIXES = 10;
const ACTIVE = 32;
const RANKS = [1, 4, 16, 64];
/** The largest memory of a WASM backend. */
const WASM_BYTES = 2 ** 32;

function gigabytes(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return (gib < 10 ? gib.toFixed(2) : gib.toFixed(0)) + (bytes > WASM_BYTES ? " †" : "");
}

const count = (n: number) => n.toLocaleString("en");
const megabytes = (bytes: number) => count(Math.round(bytes / 1e6));

/** Returns memory and traffic per rank of published SAEs: computed, not measured. */
export function memoryTable(): string {
  const lines = PUBLISHED.map(({ name, latentCount, inputSize }) => {
    const size = { inputSize, rows: ROWS, prefixes: PREFIXES };
    const memory = RANKS.map((ranks) =>
      gigabytes(bytesOfRank({ ...size, latents: Math.ceil(latentCount / ranks), room: ACTIVE }))
    );
    const traffic = (ranksPerReplica: number, replicas: number) => {
      const latents = Math.ceil(latentCount / ranksPerReplica);
      const rows = Math.ceil(ROWS / replicas);
      const activation = { kind: "topk", k: ACTIVE } as const;
      const grid = { ranksPerReplica, replicas };
      return megabytes(bytesOfStep({ ...size, rows, latents, activation, ...grid }));
    };
    const sent = [traffic(16, 1), traffic(8, 2), traffic(1, 16)];
    return [name, `${count(latentCount)} × ${count(inputSize)}`, ...memory, ...sent];
  });
  const head = [
    ...["SAE", "N × d", "GiB on 1 rank"],
    ...RANKS.slice(1).map((ranks) => `of ${ranks}`),
    ...["MB a step, 16 × 1", "8 × 2", "1 × 16"],
  ];
  return markdown(head, lines, 2);
}

const time = (seconds: number) =>
  seconds < 1 ? `${(1000 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;

/** Returns the predicted step times. */
export function predictionTable({ compute, environment }: MpiResults): string {
  const lines = predictions(compute).map(({ rank, seconds }) => [
    count(rank.ranks),
    `${rank.ranksPerReplica} × ${rank.ranks / rank.ranksPerReplica}`,
    count(rank.latents),
    time(rank.ms / 1000),
    ...seconds.map(time),
  ]);
  const head = [
    ...["ranks", "R × G", "latents of a rank", "computes (measured)"],
    ...NETWORKS.flatMap(({ name }) => [`${name}, chain`, `${name}, doubling`]),
  ];
  const { B, d, N, P, active } = compute.shape;
  const notes = [
    `B ${count(B)}, d ${count(d)}, N ${
      count(N)
    }, ${P} prefixes, top-k ${active}; one thread per rank`,
    ...NETWORKS.map(({ name, latency, bandwidth }) =>
      `${name}: ${1e6 * latency} µs and ${bandwidth / 1e9} GB/s in each direction, assumed`
    ),
    ...environmentLines(environment),
  ];
  return [markdown(head, lines, 2), "", ...notes.map((note) => `- ${note}.`)].join("\n");
}

/** Returns the step on one rank and on two, with the time in communication. */
export function speedupTable({ steps, environment, description }: MpiResults): string {
  const lines = steps.map(({ activation, shape, oneMs, twoMs, communicationMs, speedup }) => [
    activation,
    `${shape.B}, ${shape.d}, ${shape.N}, ${shape.P}`,
    oneMs.toFixed(0),
    twoMs.toFixed(0),
    communicationMs.map((ms) => ms.toFixed(1)).join(" and "),
    `${speedup.toFixed(2)} ×`,
  ]);
  const head = [
    ...["activation", "B, d, N, P", "1 rank, ms", "2 ranks, ms"],
    ...["of these in communication, ms", "speed-up"],
  ];
  const notes = [description, ...environmentLines(environment)];
  return [markdown(head, lines, 2), "", ...notes.map((note) => `- ${note}.`)].join("\n");
}

/** Returns the times of messages between two ranks. */
export function messageTimesTable({ messages }: MpiResults): string {
  const microseconds = (ms: number) => count(Number((1000 * ms).toPrecision(3)));
  const rate = (bytes: number, ms: number) => (bytes / ms / 1e6).toPrecision(3);
  const lines = messages.map(({ bytes, scanMs, allReduceMs }) => [
    bytes < 2 ** 20 ? `${bytes / 1024} KiB` : `${bytes / 2 ** 20} MiB`,
    microseconds(scanMs),
    rate(bytes, scanMs),
    microseconds(allReduceMs),
    rate(bytes, allReduceMs),
  ]);
  return markdown(["message", "scan, µs", "GB/s", "all-reduce, µs", "GB/s"], lines, 1);
}
