/**
 * Sums over a workgroup by subgroups, where a device has them: two barriers instead of one per halving.
 * Every shader that has `sumOverLanes` has it the portable way, and stays valid without the feature.
 *
 * @module
 */

/** How a shader's text asks for subgroups. naga takes no directive, Tint requires it. */
export type SubgroupDirective = "" | "enable subgroups;\n";

const PORTABLE = /fn sumOverLanes\(lane: u32, value: f32\) -> f32 \{[^]*?\nreturn sum;\n\}/;

// Lanes are numbered through the subgroups: WGSL does not promise that, so `subgroupDirective` tries it.
const BY_SUBGROUPS = `fn sumOverLanes(lane: u32, value: f32) -> f32 {
let size = subgroupAdd(1u);
let part = subgroupAdd(value);
if (lane % size == 0u) { lanes[lane / size] = part; }
workgroupBarrier();
var sum = 0.0;
for (var n = 0u; n < LANES / size; n++) { sum += lanes[n]; }
workgroupBarrier();
return sum;
}`;

/** The text with its sums by subgroups; unchanged if it has none. */
export function withSubgroups(source: string, directive: SubgroupDirective): string {
  return PORTABLE.test(source) ? directive + source.replace(PORTABLE, BY_SUBGROUPS) : source;
}

const LANES = [32, 64, 256] as const;

function trialShader(lanes: number): string {
  return `const LANES: u32 = ${lanes}u;
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
var<workgroup> lanes: array<f32, LANES>;
${BY_SUBGROUPS}
@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  sums[lane] = sumOverLanes(lane, f32(lane));
}`;
}

/**
 * How to ask for subgroups on a device: undefined if it was made without the feature, if neither way
 * compiles, or if sums come out wrong.
 */
export async function subgroupDirective(device: GPUDevice): Promise<SubgroupDirective | undefined> {
  if (!device.features.has("subgroups" as GPUFeatureName)) return undefined;
  for (const directive of ["", "enable subgroups;\n"] as const) {
    const trials = await Promise.all(LANES.map((lanes) => tryOn(device, lanes, directive)));
    if (trials.every(Boolean)) return directive;
  }
  return undefined;
}

async function tryOn(
  device: GPUDevice,
  lanes: number,
  directive: SubgroupDirective,
): Promise<boolean> {
  const usage = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 } as const;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: directive + trialShader(lanes) });
  const compiling = device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const [error, compiled] = await Promise.allSettled([device.popErrorScope(), compiling]);
  if (compiled.status === "rejected") return false;
  if (error.status === "rejected" || error.value !== null) return false;
  const sums = device.createBuffer({ size: 4 * lanes, usage: usage.STORAGE | usage.COPY_SRC });
  const read = device.createBuffer({ size: 4 * lanes, usage: usage.MAP_READ | usage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(compiled.value);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: compiled.value.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: sums } }],
      }),
    );
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(sums, 0, read, 0, 4 * lanes);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const expected = lanes * (lanes - 1) / 2;
    return new Float32Array(read.getMappedRange()).every((sum) => sum === expected);
  } finally {
    sums.destroy();
    read.destroy();
  }
}
