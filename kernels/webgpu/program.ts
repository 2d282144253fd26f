/**
 * Compiles a recording: pipelines, bind groups, and the buffers that dispatches share.
 *
 * @module
 */
import type { Program } from "../kernel.ts";
import { entriesOf } from "./bindings.ts";
import { layOut } from "./layout.ts";
import type { Allocation, Memory, WebGpuTensor } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Recording } from "./recording.ts";
import { gridOf, packSizes } from "./sizes.ts";

/** A dispatch with its pipeline and bind group. */
interface Ready {
  /** Its command and, if the two differ, its shader. */
  readonly stage: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number];
  /** Where its workgroup counts are, if a branch decides them. */
  readonly indirectOffset?: number;
}

const { STORAGE, UNIFORM, INDIRECT, COPY_DST } = {
  STORAGE: 0x80,
  UNIFORM: 0x40,
  INDIRECT: 0x100,
  COPY_DST: 0x8,
};

/** Commands ready to be submitted. */
export class WebGpuProgram implements Program {
  readonly ready: Ready[] = [];
  readonly tensors = new Set<WebGpuTensor>();
  readonly #owned: Allocation[] = [];
  #length: number;

  private constructor(length: number, readonly memory: Memory) {
    this.#length = length;
  }

  /** Compiles a recording. */
  static async compile(
    recording: Recording,
    device: GPUDevice,
    memory: Memory,
    pipelines: Pipelines,
  ): Promise<WebGpuProgram> {
    const { dispatches } = recording;
    const compiled = await Promise.all(
      dispatches.map(({ shader, options }) => pipelines.pipeline(shader, options)),
    );
    const program = new WebGpuProgram(recording.length, memory);
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    try {
      program.#build(recording, compiled, device, pipelines);
    } catch (error) {
      program[Symbol.dispose]();
      device.popErrorScope().catch(() => {});
      device.popErrorScope().catch(() => {});
      throw error;
    }
    const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const error = errors.find((each) => each !== null);
    if (error) {
      program[Symbol.dispose]();
      throw new Error(`Cannot record a program: ${error.message}`);
    }
    return program;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds its dispatches, or some of them, to a pass. */
  encode(pass: GPUComputePassEncoder, from = 0, to = this.ready.length): void {
    let current: GPUComputePipeline | undefined;
    for (const { pipeline, bindGroup, groups, indirectOffset } of this.ready.slice(from, to)) {
      if (pipeline !== current) pass.setPipeline(current = pipeline);
      pass.setBindGroup(0, bindGroup);
      if (indirectOffset === undefined) pass.dispatchWorkgroups(...groups);
      else pass.dispatchWorkgroupsIndirect(this.#owned[0].buffer, indirectOffset);
    }
  }

  [Symbol.dispose](): void {
    for (const allocation of this.#owned) allocation[Symbol.dispose]();
    this.#owned.length = this.ready.length = this.#length = 0;
    this.tensors.clear();
  }

  #build(
    recording: Recording,
    compiled: readonly GPUComputePipeline[],
    device: GPUDevice,
    pipelines: Pipelines,
  ): void {
    const { dispatches, parents: { length: branches } } = recording;
    const grids = dispatches.map(gridOf);
    const allocate = (bytes: number, usage: number, data?: Uint32Array<ArrayBuffer>) => {
      const allocation = this.memory.allocate(bytes, usage | COPY_DST, "record a program");
      this.#owned.push(allocation);
      // Deno 2.9.6 panics on writing nothing: a program may have no dispatches.
      if (data?.length) device.queue.writeBuffer(allocation.buffer, 0, data);
      return allocation.buffer;
    };
    // Workgroup counts of conditional dispatches: first whether each side is open, then x y z of each.
    const conditional = dispatches.flatMap(({ side }, n) => side === 0 ? [] : [n]);
    const table = Uint32Array.from(
      conditional.flatMap((n) => [...grids[n], dispatches[n].side, 0]),
    );
    const open = 2 * branches;
    const counts = branches > 0
      ? allocate(4 * open + 12 * conditional.length + 12, STORAGE | INDIRECT)
      : undefined;
    const tableBuffer = branches > 0
      ? allocate(Math.max(table.byteLength, 16), STORAGE, table)
      : undefined;
    const layout = layOut(recording.temporaries, (...sides) => recording.isApart(...sides));
    const buffers = layout.bufferBytes.map((bytes) =>
      allocate(16 * Math.ceil(bytes / 16), STORAGE)
    );
    const temporaries = layout.places.map(({ buffer, offset }) => {
      return { buffer: buffers[buffer], offset };
    });
    const alignment = device.limits.minUniformBufferOffsetAlignment;
    const gates = { entries: conditional.length, header: open };
    const { uniforms, offsets } = packSizes(dispatches, grids, alignment, gates);
    const uniform = allocate(Math.max(uniforms.byteLength, 16), UNIFORM, uniforms);
    const sources = {
      memory: this.memory,
      tensors: this.tensors,
      temporaries,
      uniform,
      table: tableBuffer,
      counts,
      most: device.limits.maxStorageBufferBindingSize,
    };
    dispatches.forEach((dispatch, n) => {
      const { command, shader, side } = dispatch;
      this.ready.push({
        stage: stageOf(command, shader),
        pipeline: compiled[n],
        bindGroup: device.createBindGroup({
          layout: pipelines.layout(shader),
          entries: entriesOf(dispatch, offsets[n], sources),
        }),
        groups: grids[n],
        indirectOffset: side === 0 ? undefined : 4 * open + 12 * conditional.indexOf(n),
      });
    });
  }
}

/** Returns "encode" for the shader of that name, "encodeSparse: count_active" for one of several shaders. */
function stageOf(command: string, shader: string): string {
  const own = command.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return own === shader ? command : `${command}: ${shader}`;
}
