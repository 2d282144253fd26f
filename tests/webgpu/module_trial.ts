/**
 * Modules of WGSL in a shader of their own, which writes one result per thread.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { SubgroupDirective } from "../../kernels/webgpu/compose.ts";
import { newDevice } from "../../kernels/webgpu/device.ts";
import { type ModuleName, modules } from "../../kernels/webgpu/generated/shaders.ts";
import { specialise } from "../../kernels/webgpu/shader.ts";
import { subgroupDirective } from "../../kernels/webgpu/subgroups.ts";
import { gpuTest } from "./adapter.ts";

/** Threads of a workgroup, and results. */
export const LANES = 256;

/** Modules that some trial has tried. */
export const tried: Set<ModuleName> = new Set();

/** What a trial's shader consists of. */
export interface Trial {
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
): string {
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
  directive?: SubgroupDirective,
): Promise<Uint32Array<ArrayBuffer>> {
  device.pushErrorScope("validation");
  const code = (directive ?? "") + codeOf(trial, directive !== undefined);
  const module = device.createShaderModule({ code });
  assertEquals((await device.popErrorScope())?.message, undefined);
  device.pushErrorScope("validation");
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

/** Defines a test of modules: in their portable form, and by subgroups where they and the device have them. */
export function moduleTest(
  name: string,
  trial: Trial,
  check: (values: Uint32Array<ArrayBuffer>) => void,
): void {
  trial.modules.forEach((module) => tried.add(module));
  gpuTest(name, async (t) => {
    const { device } = await newDevice();
    check(await run(device, trial));
    if (trial.modules.some((module) => modules[module].subgroups !== undefined)) {
      const directive = await subgroupDirective(device);
      const ignore = directive === undefined;
      const fn = async () => check(await run(device, trial, directive));
      await t.step({ name: "by subgroups", ignore, fn });
    }
    device.destroy();
  });
}
