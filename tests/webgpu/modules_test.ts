/** Each module of WGSL in a shader of its own, by itself and where there are two variants by both. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type ModuleName, modules } from "../../kernels/webgpu/generated/shaders.ts";
import { specialise } from "../../kernels/webgpu/shader.ts";
import { subgroupDirective } from "../../kernels/webgpu/subgroups.ts";
import { webGpuTest } from "./adapter.ts";

const gpuTest = await webGpuTest();
const LANES = 256;

interface Trial {
  readonly modules: readonly ModuleName[];
  /** Declarations before `main`. */
  readonly declarations?: string;
  /** The body of `main`, which writes `results[lane]`, an array of u32. */
  readonly body: string;
  readonly values?: Readonly<Record<string, number | boolean | string>>;
  /** The contents of the binding `data`, an array of f32. */
  readonly data?: readonly number[];
  readonly workgroup?: readonly [number, number];
}

const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 } as const;

function codeOf(
  { modules: names, declarations = "", body, values = {}, workgroup }: Trial,
  subgroups: boolean,
) {
  const [x, y] = workgroup ?? [LANES, 1];
  const texts = names.map((name) => {
    const { source, subgroups: other } = modules[name];
    return subgroups ? other ?? source : source;
  });
  const shader = `const LANES: u32 = ${x * y}u;
@group(0) @binding(0) var<storage, read_write> results: array<u32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
${declarations}
@compute @workgroup_size(${x}, ${y})
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  if (data[0] > 1e30) { return; }
${body}
}
${texts.join("\n")}
`;
  return specialise("a trial", shader, values);
}

/** Runs one workgroup and returns the results of its lanes. */
async function run(
  device: GPUDevice,
  trial: Trial,
  subgroups = false,
  directive = "",
): Promise<Uint32Array> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: directive + codeOf(trial, subgroups) });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const size = 4 * 1024;
  const results = device.createBuffer({ size, usage: USAGE.STORAGE | USAGE.COPY_SRC });
  const read = device.createBuffer({ size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  const data = device.createBuffer({ size, usage: USAGE.STORAGE | USAGE.COPY_DST });
  device.queue.writeBuffer(data, 0, Float32Array.from(trial.data ?? [0]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [results, data].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const layout = pipeline.getBindGroupLayout(0);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(results, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  assertEquals(await device.popErrorScope(), null);
  await read.mapAsync(GPUMapMode.READ);
  const values = new Uint32Array(read.getMappedRange()).slice(0, LANES);
  for (const buffer of [results, read, data]) buffer.destroy();
  return values;
}

/** Defines a test of modules, by both variants where the device has subgroups. */
function moduleTest(name: string, trial: Trial, check: (values: Uint32Array) => void): void {
  gpuTest(name, async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const feature = "subgroups" as GPUFeatureName;
    const requiredFeatures = adapter!.features.has(feature) ? [feature] : [];
    const device = await adapter!.requestDevice({ requiredFeatures });
    check(await run(device, trial));
    const directive = await subgroupDirective(device);
    const varies = trial.modules.some((module) => modules[module].subgroups !== undefined);
    if (varies && directive !== undefined) check(await run(device, trial, true, directive));
    device.destroy();
  });
}

const floats = (values: Uint32Array) =>
  new Float32Array(values.buffer, values.byteOffset, values.length);
const each = (value: (lane: number) => number) =>
  Array.from({ length: LANES }, (_, lane) => value(lane));

moduleTest("sum_over_lanes gives every thread the sum, call after call", {
  modules: ["sum_over_lanes"],
  declarations: "alias Summand = f32;",
  body: `let first = sumOverLanes(lane, f32(lane));
  results[lane] = bitcast<u32>(first + sumOverLanes(lane, 1.0));`,
}, (values) => assertEquals([...floats(values)], each(() => 255 * 128 + 256)));

moduleTest("count_over_lanes counts past 2²⁴", {
  modules: ["count_over_lanes"],
  body: "results[lane] = countOverLanes(lane, 16777217u * (lane & 1u));",
}, (values) => assertEquals([...values], each(() => 128 * 16777217)));

moduleTest("scan_over_lanes includes the thread itself", {
  modules: ["scan_over_lanes"],
  body: "results[lane] = scanOverLanes(lane, lane + 1u);",
}, (values) => assertEquals([...values], each((lane) => (lane + 1) * (lane + 2) / 2)));

moduleTest("sum_over_segment sums 32 threads for the first of them", {
  modules: ["sum_over_segment"],
  body: `let sum = sumOverSegment(lane, f32(lane));
  results[lane] = select(0u, u32(sum), lane % 32u == 0u);`,
}, (values) => assertEquals([...values], each((lane) => lane % 32 ? 0 : 32 * lane + 496)));

moduleTest("sum_of_four sums what shares a column", {
  modules: ["sum_of_four"],
  declarations: "alias Summand = f32;",
  body: "results[lane] = u32(sumOfFour(local, f32(lane)));",
  workgroup: [64, 4],
}, (values) => assertEquals([...values], each((lane) => 4 * (lane % 64) + 64 * 6)));

moduleTest("digit finds the digit at which the count reaches what is wanted", {
  modules: ["digit", "scan_over_lanes"],
  // One of every digit: the 10th from the top is 246.
  body: "results[lane] = digitOf(lane, 1u, 10u).x * 1000u + digitOf(lane, 2u, 600u).x;",
}, (values) => assertEquals([...values], each(() => 246_256)));

moduleTest("finite knows infinities and NaN by their bits", {
  modules: ["finite"],
  body: `let bits = array<u32, 5>(0u, 0x7f7fffffu, 0x7f800000u, 0xff800000u, 0x7fc00000u);
  results[lane] = select(0u, 1u, isFinite(bits[lane % 5u]));`,
}, (values) => assertEquals([...values.slice(0, 5)], [1, 1, 0, 0, 0]));

for (
  const [kind, code, expected] of [["relu", 0, 3], ["identity", 1, -2], ["jumprelu", 2, 0]] as const
) {
  moduleTest(`activation: ${kind}`, {
    modules: ["activation"],
    declarations: "var<private> threshold: array<f32, 2> = array<f32, 2>(-1.0, 4.0);",
    values: { ACTIVATION: code },
    body: `results[0] = bitcast<u32>(activate(3.0, ${kind === "jumprelu" ? 1 : 0}u));
  results[1] = bitcast<u32>(activate(-2.0, 0u));`,
  }, (values) => {
    const [above, below] = floats(values);
    assertEquals(kind === "identity" ? below : above, expected);
    if (kind !== "identity") assertEquals(below, 0);
  });
}

for (
  const [kind, code, value, slope] of [
    ["none", 0, 0, 0],
    ["l1", 1, 2, 1],
    ["log", 2, Math.log(2.5) - 0.25, 1 / 2.5],
  ] as const
) {
  moduleTest(`penalty: ${kind}`, {
    modules: ["penalty"],
    values: { PENALTY: code },
    data: [2, 0.5, 0.25],
    body: `results[0] = bitcast<u32>(penaltyValue(data[0], data[1], data[2]));
  results[1] = bitcast<u32>(penaltySlope(data[0], data[1]));`,
  }, (values) => {
    const [found, foundSlope] = floats(values);
    // WGSL allows a logarithm an absolute error of 2⁻²¹ and a division 2.5 ulp.
    assertAlmostEquals(found, value, 2 ** -20);
    assertAlmostEquals(foundSlope, slope, 2 ** -22);
  });
}

for (const [type, width] of [["vec4<f32>", 4], ["f32", 1]] as const) {
  moduleTest(`features: quads of rows read as ${type}`, {
    modules: ["features"],
    values: { Features: type, WIDTH: width },
    body: width === 4
      ? `let row = vec4<f32>(1.0, 2.0, 3.0, 4.0);
  results[0] = u32(quadOf(row, row, row, row).w);
  results[1] = u32(dotOf(row, row));`
      : `results[0] = u32(quadOf(1.0, 2.0, 3.0, 4.0).w);
  results[1] = u32(dotOf(5.0, 6.0));`,
  }, (values) => assertEquals([...values.slice(0, 2)], [4, 30]));
}

moduleTest("tile_loop and tile_products multiply a tile by a tile, ragged at the end of a row", {
  modules: ["tile_loop", "tile_products", "tile_epilogue", "features"],
  declarations: `const SIDE: u32 = 8u;
const DEPTH: u32 = 2u;
struct Sizes { d: u32, firstRow: u32 }
const sizes = Sizes(5u, 0u);
// Row n of A is all n + 1, row n of B is all 1: the product is d (n + 1).
fn rowQuad(at: u32) -> vec4<f32> { return vec4<f32>(f32(at / 5u + 1u)); }
fn latentQuad(at: u32) -> vec4<f32> { return vec4<f32>(1.0); }
fn finish(value: vec4<f32>, row: u32, column: u32) {
  if (column == 0u) { results[row] = u32(value.x); }
}`,
  values: { Features: "f32", WIDTH: 1 },
  workgroup: [8, 8],
  body: `var c: Products;
  let share = shareOf(lane, vec2<u32>(0u), vec2<u32>(63u));
  addProducts(share, 0u, vec4<bool>(true), local, &c);
  finishTile(&c, 4u * local.y, 4u * local.x);`,
}, (values) => assertEquals([...values.slice(0, 64)], each((row) => 5 * (row + 1)).slice(0, 64)));
