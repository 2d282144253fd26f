/**
 * Times the stages of a program on the device.
 *
 * @module
 */
import type { Program } from "../../kernels/kernel.ts";
import type { WebGpuBackend } from "../../kernels/webgpu/backend.ts";
import type { WebGpuProgram } from "../../kernels/webgpu/program.ts";

const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, QUERY_RESOLVE: 0x200 } as const;
/** Most queries in a query set. */
const MOST_QUERIES = 4096;
/** Runs of each part of a program without timestamps; their median counts. */
const RUNS = 5;

/** The time of a stage: consecutive dispatches of one shader for one command. */
export interface StageTime {
  readonly stage: string;
  /** Nearly 0 for the side of a branch that was not taken. */
  readonly seconds: number;
}

/** Returns where the stages of a program begin and end among its dispatches. */
function stagesOf({ ready }: WebGpuProgram): { stage: string; from: number; to: number }[] {
  const stages: { stage: string; from: number; to: number }[] = [];
  for (const [n, { stage }] of ready.entries()) {
    const last = stages.at(-1);
    if (last?.stage === stage) last.to = n + 1;
    else stages.push({ stage, from: n, to: n + 1 });
  }
  return stages;
}

/** Times each stage of a program by running it: once, if the device has timestamps. */
export async function profile(backend: WebGpuBackend, program: Program): Promise<StageTime[]> {
  return await backend.withDevice("profile a program", program, timeStages);
}

/**
 * Runs a program once with timestamps around each stage. Each stage has a pass of its own, so that stages do
 * not overlap, as they may a little in `submit`. Without the feature "timestamp-query" the program is run up to
 * the end of each stage several times, and the time of a stage is the difference: that is less exact.
 */
async function timeStages(device: GPUDevice, program: WebGpuProgram): Promise<StageTime[]> {
  const stages = stagesOf(program);
  if (!device.features.has("timestamp-query") || 2 * stages.length > MOST_QUERIES) {
    return await bySubtraction(device, program);
  }
  const count = 2 * stages.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: 8 * count,
    usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC,
  });
  const staging = device.createBuffer({ size: 8 * count, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    for (const [s, { from, to }] of stages.entries()) {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * s,
          endOfPassWriteIndex: 2 * s + 1,
        },
      });
      program.encode(pass, from, to);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange());
    return stages.map(({ stage }, s) => {
      return { stage, seconds: Number(times[2 * s + 1] - times[2 * s]) / 1e9 };
    });
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

/** Times stages by subtraction. Every run starts from the first dispatch, so that each stage has its input. */
async function bySubtraction(device: GPUDevice, program: WebGpuProgram): Promise<StageTime[]> {
  const secondsUpTo = async (to: number) => {
    const times: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      program.encode(pass, 0, to);
      pass.end();
      const start = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      times.push((performance.now() - start) / 1e3);
    }
    // The first warms up.
    return times.slice(1).sort((a, b) => a - b)[RUNS >> 1];
  };
  const found: StageTime[] = [];
  let before = await secondsUpTo(0);
  for (const { stage, to } of stagesOf(program)) {
    const after = await secondsUpTo(to);
    found.push({ stage, seconds: Math.max(0, after - before) });
    before = after;
  }
  return found;
}
