/**
 * The bind groups of the dispatches of a program.
 *
 * @module
 */
import { shaders } from "./generated/shaders.ts";
import type { Bindable } from "./launch.ts";
import { type Memory, ownTensor, type WebGpuTensor } from "./memory.ts";
import type { Recorded } from "./recording.ts";
import { bindingsOf, fieldsOf } from "./shader.ts";

/** The buffer of a temporary, and its bytes before the temporary. */
export interface TemporaryMemory {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

/** The buffers that the dispatches of a program share, and the set of tensors that they bind. */
export interface BindingSources {
  readonly memory: Memory;
  /** Every tensor that is bound is added here. */
  readonly tensors: Set<WebGpuTensor>;
  /** The memory of each temporary. */
  readonly temporaries: readonly TemporaryMemory[];
  readonly uniform: GPUBuffer;
  /** For gates: the workgroups of each conditional dispatch if its side is open, and the current counts. */
  readonly table?: GPUBuffer;
  readonly counts?: GPUBuffer;
  /** Most bytes of a binding. */
  readonly most: number;
}

/** Returns the entries of a dispatch's bind group. Its `Sizes` begin at `offset` of the uniform buffer. */
export function entriesOf(
  { shader, buffers, gate }: Recorded,
  offset: number,
  sources: BindingSources,
): GPUBindGroupEntry[] {
  const { source } = shaders[shader];
  const resourceOf = (name: string, access: string): GPUBufferBinding => {
    if (access === "uniform") {
      return { buffer: sources.uniform, offset, size: 4 * fieldsOf(source).length };
    }
    if (gate && name === "table") return { buffer: sources.table! };
    if (gate && name === "counts") return { buffer: sources.counts! };
    if (!(name in buffers)) throw new Error(`Cannot run ${shader}: nothing is bound to ${name}`);
    const resource = bufferOf(buffers[name], sources);
    if (resource.size <= sources.most) return resource;
    throw new RangeError(
      `Cannot run ${shader}: ${name} takes ${resource.size} bytes but a binding at most ` +
        `${sources.most}; use smaller batches`,
    );
  };
  return bindingsOf(source).map(([name, access], binding) => {
    return { binding, resource: resourceOf(name, access) };
  });
}

function bufferOf(
  bindable: Bindable,
  { memory, tensors, temporaries }: BindingSources,
): GPUBufferBinding & { size: number } {
  const isSlice = "tensor" in bindable;
  const whole = isSlice ? bindable.tensor : bindable;
  const start = isSlice ? 4 * bindable.from : 0;
  const sizeOf = ({ bytes }: { bytes: number }) => isSlice ? 4 * bindable.to - start : bytes;
  if ("slot" in whole) {
    const { buffer, offset } = temporaries[whole.slot];
    return { buffer, offset: offset + start, size: sizeOf(whole) };
  }
  const tensor = ownTensor(whole, memory);
  tensors.add(tensor);
  return { buffer: tensor.allocation.buffer, offset: start, size: sizeOf(tensor) };
}
