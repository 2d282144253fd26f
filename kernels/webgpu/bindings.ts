/**
 * What is bound to each shader of a program.
 *
 * @module
 */
import { shaders } from "./generated/shaders.ts";
import type { Bindable } from "./launch.ts";
import { type Memory, ownTensor, type WebGpuTensor } from "./memory.ts";
import type { Recorded } from "./recording.ts";

/** The buffers that a program's dispatches share, and where tensors are noted. */
export interface BindingSources {
  readonly memory: Memory;
  /** Takes every tensor that is bound. */
  readonly tensors: Set<WebGpuTensor>;
  readonly scratch: readonly GPUBuffer[];
  readonly uniform: GPUBuffer;
  /** Of gates: the workgroup counts of an open side, and those that are dispatched. */
  readonly table?: GPUBuffer;
  readonly counts?: GPUBuffer;
  /** Most bytes of a binding. */
  readonly most: number;
}

/** The entries of a dispatch's bind group. Its `Sizes` stand at `offset`. */
export function entriesOf(
  { shader, buffers, gate }: Recorded,
  offset: number,
  sources: BindingSources,
): GPUBindGroupEntry[] {
  const { bindings, fields } = shaders[shader];
  const resourceOf = (name: string, access: string): GPUBufferBinding => {
    if (access === "uniform") {
      return { buffer: sources.uniform, offset, size: 4 * fields.length };
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
  return bindings.map(([name, access], binding) => {
    return { binding, resource: resourceOf(name, access) };
  });
}

function bufferOf(
  bindable: Bindable,
  { memory, tensors, scratch }: BindingSources,
): GPUBufferBinding & { size: number } {
  if ("slot" in bindable) return { buffer: scratch[bindable.slot], size: bindable.bytes };
  const tensor = ownTensor("tensor" in bindable ? bindable.tensor : bindable, memory);
  tensors.add(tensor);
  const { buffer } = tensor.allocation;
  if (!("tensor" in bindable)) return { buffer, size: tensor.bytes };
  return { buffer, offset: 4 * bindable.from, size: 4 * (bindable.to - bindable.from) };
}
