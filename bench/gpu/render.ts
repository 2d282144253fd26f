/**
 * Renders the WebGPU backend's table in docs/benchmarks.md from files of `bench/gpu.ts` and
 * `pytorch_cuda.py`. Cells without a measurement stay blank, and so do those of software adapters.
 *
 *     deno run -R --no-config bench/gpu/render.ts [FILE…]
 */
import type { Shape } from "../harness/problem.ts";
import { milliseconds } from "./report.ts";
import type { Comparison, GpuResults, PyTorchResults, Timing } from "./results.ts";
import { SHAPES } from "./shapes.ts";

const HEAD = [
  ...["shape (B, d, N, P)", "active", "F, GF/s", "W, GB/s", "encode, GF/s", "of F"],
  ...["dense step, ms", "× floor", "sparse step, ms", "× floor"],
  ...["PyTorch, ms", "× sparse", "jax-js, ms", "× sparse"],
];

/** Returns the table and its notes; with `measuredOnly`, without blank rows and columns. */
export function render(
  files: readonly (GpuResults | PyTorchResults)[],
  { measuredOnly = false }: { readonly measuredOnly?: boolean } = {},
): string {
  const gpus = files.filter((file) => file.kind === "webgpu");
  const hardware = gpus.filter(({ software }) => !software);
  const peers = files.filter((file) => file.kind === "pytorch");
  const torch = peers.filter(({ cuda }) => cuda);
  const notes = [
    ...hardware.map(({ adapter, tiles, environment: { runtime, date, commit } }) =>
      `${adapter}, tiles ${tiles}, ${runtime}, ${date}, commit ${commit}.`
    ),
    ...torch.map(({ description }) => `${description}.`),
    "F: a multiply-add loop that stays in registers; W: a large copy, read and written; both by WebGPU.",
    "Times are of steps on data that is on the device; × sparse: the time divided by the sparse step's.",
    ...hardware.length === 0 ? ["No hardware adapter was available, so all cells are blank."] : [],
    ...gpus.filter(({ software }) => software).map(({ adapter, comparisons }) =>
      `The bench ran on a software adapter (${adapter}; ${
        comparisons.map(({ name }) => name).join(", ")
      }), whose times say nothing about a GPU; its gates passed.`
    ),
    ...peers.filter(({ cuda }) => !cuda).map(({ description, comparisons }) =>
      `pytorch_cuda.py ran on a CPU (${description}; ${
        comparisons.map(({ name }) => name).join(", ")
      }), whose times say nothing about a GPU; its gate passed.`
    ),
  ];
  const rows = hardware.flatMap(({ comparisons }) => comparisons).map((comparison) =>
    cells(comparison, torch)
  );
  const known = new Set(hardware.flatMap(({ comparisons }) => comparisons.map(({ name }) => name)));
  const blanks = measuredOnly ? [] : Object.entries(SHAPES)
    .filter(([name]) => name !== "tiny" && !known.has(name))
    .map(([, shape]) => blank(shape));
  const heads = [HEAD, HEAD.map((_, n) => n === 0 ? "---" : "---:")];
  const table = [...heads, ...rows, ...blanks];
  // A peer that was not measured gets no column.
  const shown = HEAD.map((_, n) => !measuredOnly || rows.some((row) => row[n] !== ""));
  const line = (fields: readonly string[]) =>
    `| ${fields.filter((_, n) => shown[n]).join(" | ")} |`;
  return [
    ...table.map(line),
    "",
    ...notes.map((note) => `- ${note}`),
  ].join("\n");
}

function title({ B, d, N, P }: Shape): string {
  return `${B}, ${d}, ${N}, ${P}`;
}

function blank(shape: Shape): string[] {
  const active = `${(100 * shape.active / shape.N).toPrecision(2)} %`;
  return [title(shape), active, ...Array(HEAD.length - 2).fill("")];
}

function cells(comparison: Comparison, torch: readonly PyTorchResults[]): string[] {
  const { name, shape, density, rates, timings: { encode, dense, sparse, jaxStep } } = comparison;
  const peer = torch.flatMap(({ comparisons }) => comparisons).find((each) =>
    each.name === name && Math.abs(each.density / density - 1) < 1e-3
  );
  const ms = (timing?: { readonly ms: number }) => timing ? milliseconds(timing.ms) : "";
  const floor = (timing?: Timing) => timing ? timing.overFloor.toFixed(2) : "";
  const ratio = (timing?: { readonly ms: number }) =>
    timing && sparse ? `${(timing.ms / sparse.ms).toFixed(1)} ×` : "";
  return [
    title(shape),
    `${(100 * density).toPrecision(2)} %`,
    rates.gigaflops.toFixed(0),
    rates.gigabytes.toFixed(0),
    encode ? encode.gigaflops.toFixed(0) : "",
    encode ? `${(100 * encode.ofF).toFixed(0)} %` : "",
    ...[ms(dense), floor(dense), ms(sparse), floor(sparse)],
    ...[ms(peer), ratio(peer), ms(jaxStep), ratio(jaxStep)],
  ];
}

if (import.meta.main) {
  const files = await Promise.all(
    Deno.args.map(async (file) => JSON.parse(await Deno.readTextFile(file))),
  );
  console.log(render(files));
}
