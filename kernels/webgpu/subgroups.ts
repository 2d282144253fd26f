/**
 * Finds out whether sums and scans over a workgroup may use subgroups on a device: they take two barriers then
 * instead of one per halving.
 *
 * @module
 */
import type { SubgroupDirective } from "./compose.ts";
import { type ModuleName, modules } from "./generated/shaders.ts";

/** The workgroups of the shaders that sum or scan over lanes. */
export const WORKGROUPS = [[64, 1], [256, 1], [8, 8], [16, 16], [32, 8]] as const;

type Workgroup = readonly [number, number];

const TRIED: readonly ModuleName[] = [
  "sum_over_lanes",
  "count_over_lanes",
  "scan_over_lanes",
  "sum_over_segment",
];

/** A shader that leaves four results of each lane: of a sum, a count, a scan and a sum over its segment. */
function trialShader([x, y]: Workgroup): string {
  return `const LANES: u32 = ${x * y}u;
alias Summand = vec2<f32>;
@group(0) @binding(0) var<storage, read_write> results: array<vec4<u32>>;
@compute @workgroup_size(${x}, ${y})
fn main(@builtin(local_invocation_index) lane: u32) {
  let sum = sumOverLanes(lane, vec2<f32>(f32(lane), 1.0));
  let count = countOverLanes(lane, lane * lane);
  let scan = scanOverLanes(lane, lane);
  let segment = sumOverSegment(lane, f32(lane));
  results[lane] = vec4<u32>(u32(sum.x + sum.y), count, scan, u32(segment));
}
${TRIED.map((name) => modules[name].subgroups).join("\n")}
`;
}

/** What a lane's four results should be. Only the first lane of a segment of 32 has its sum. */
function isRight([sum, count, scan, segment]: Uint32Array, lane: number, lanes: number): boolean {
  const last = lanes - 1;
  return sum === lanes * last / 2 + lanes && count === last * lanes * (2 * lanes - 1) / 6 &&
    scan === lane * (lane + 1) / 2 && (lane % 32 > 0 || segment === 32 * lane + 496);
}

/**
 * Returns how to ask for subgroups on a device: undefined if it was made without the feature, if neither way
 * compiles, or if a result is wrong. WGSL does not promise that a workgroup's lanes are numbered through its
 * subgroups, so each shape of workgroup is tried.
 */
export async function subgroupDirective(device: GPUDevice): Promise<SubgroupDirective | undefined> {
  if (!device.features.has("subgroups" as GPUFeatureName)) return undefined;
  for (const directive of ["", "enable subgroups;"] as const) {
    const trials = WORKGROUPS.map((workgroup) => tryOn(device, workgroup, directive));
    if ((await Promise.all(trials)).every(Boolean)) return directive;
  }
  return undefined;
}

const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 } as const;

async function tryOn(
  device: GPUDevice,
  workgroup: Workgroup,
  directive: SubgroupDirective,
): Promise<boolean> {
  const pipeline = await compile(device, directive + trialShader(workgroup));
  if (pipeline === undefined) return false;
  const lanes = workgroup[0] * workgroup[1];
  const size = 16 * lanes;
  const results = device.createBuffer({ size, usage: USAGE.STORAGE | USAGE.COPY_SRC });
  const read = device.createBuffer({ size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = [{ binding: 0, resource: { buffer: results } }];
    const layout = pipeline.getBindGroupLayout(0);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(results, 0, read, 0, size);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const values = new Uint32Array(read.getMappedRange());
    const ofLanes = Array.from({ length: lanes }, (_, n) => values.subarray(4 * n, 4 * n + 4));
    return ofLanes.every((four, lane) => isRight(four, lane, lanes));
  } finally {
    results.destroy();
    read.destroy();
  }
}

async function compile(device: GPUDevice, code: string): Promise<GPUComputePipeline | undefined> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const compiling = device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const [error, compiled] = await Promise.allSettled([device.popErrorScope(), compiling]);
  const failed = error.status === "rejected" || error.value !== null;
  return failed || compiled.status === "rejected" ? undefined : compiled.value;
}
