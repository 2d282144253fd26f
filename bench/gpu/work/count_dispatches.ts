/**
 * Counts the dispatches of each shader, and the bytes of the buffers that they bind.
 *
 * @module
 */

/** The dispatches of a shader, without those on the closed side of a branch. */
export interface ShaderWork {
  dispatches: number;
  /** Bytes of what they bind: what they move if each byte is read or written once. */
  boundBytes: number;
}

/** Counts so far. */
export interface DispatchCounts {
  /** By the names of shaders. */
  readonly shaders: Map<string, ShaderWork>;
  /** Dispatches on the side of a branch that is not taken if every flag is 0. They have no workgroups. */
  closed: number;
}

const INDIRECT = 0x100;

/** Starts counting on a device, by replacing its methods and those of passes. */
export function countDispatches(device: GPUDevice): DispatchCounts {
  const counts: DispatchCounts = { shaders: new Map(), closed: 0 };
  const bytesOf = new WeakMap<GPUBindGroup, number>();
  const labels = new WeakMap<GPUComputePipeline, string>();
  const isOpen = openSides(device);
  let bound = 0;
  let label = "";

  const createBindGroup = device.createBindGroup.bind(device);
  device.createBindGroup = (descriptor) => {
    const group = createBindGroup(descriptor);
    const bytes = bindingsOf(descriptor).map(({ buffer, offset = 0, size }) =>
      size ?? buffer.size - offset
    );
    bytesOf.set(group, bytes.reduce((sum, each) => sum + each, 0));
    return group;
  };
  const createPipeline = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = async (descriptor) => {
    const pipeline = await createPipeline(descriptor);
    labels.set(pipeline, descriptor.label!.split(" ")[0]);
    return pipeline;
  };
  const add = () => {
    const work = counts.shaders.get(label) ?? { dispatches: 0, boundBytes: 0 };
    work.dispatches++;
    work.boundBytes += bound;
    counts.shaders.set(label, work);
  };
  const pass = GPUComputePassEncoder.prototype;
  const { setPipeline, setBindGroup, dispatchWorkgroups, dispatchWorkgroupsIndirect } = pass;
  pass.setPipeline = function (pipeline) {
    label = labels.get(pipeline)!;
    setPipeline.call(this, pipeline);
  };
  pass.setBindGroup = function (index: number, group: GPUBindGroup | null) {
    bound = bytesOf.get(group!)!;
    setBindGroup.call(this, index, group);
  };
  pass.dispatchWorkgroups = function (...groups) {
    add();
    dispatchWorkgroups.call(this, ...groups);
  };
  pass.dispatchWorkgroupsIndirect = function (buffer, offset) {
    if (isOpen(buffer, offset)) add();
    else counts.closed++;
    dispatchWorkgroupsIndirect.call(this, buffer, offset);
  };
  return counts;
}

function bindingsOf({ entries }: GPUBindGroupDescriptor): GPUBufferBinding[] {
  return [...entries].map(({ resource }) => resource as GPUBufferBinding);
}

/**
 * Returns whether an indirect dispatch has workgroups if every flag is 0. The shader `gate` binds the table of all
 * conditional dispatches, four numbers each of which the third is the side, odd for flag 0, and then their workgroup
 * counts (see `kernels/webgpu/program.ts`).
 */
function openSides(device: GPUDevice): (counts: GPUBuffer, offset: number) => boolean {
  const written = new WeakMap<GPUBuffer, Uint32Array>();
  const tables = new WeakMap<GPUBuffer, Uint32Array>();
  const { queue } = device;
  const writeBuffer = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer, offset, data, ...range) => {
    if (data instanceof Uint32Array) written.set(buffer, data.slice());
    writeBuffer(buffer, offset, data, ...range);
  };
  const createBindGroup = device.createBindGroup.bind(device);
  device.createBindGroup = (descriptor) => {
    const [, , table, counts] = bindingsOf(descriptor).map(({ buffer }) => buffer);
    if (counts !== undefined && counts.usage & INDIRECT) tables.set(counts, written.get(table)!);
    return createBindGroup(descriptor);
  };
  return (counts, offset) => {
    const table = tables.get(counts)!;
    // The numbers of all dispatches, three each, are at the end of the buffer, before three of its gates.
    const header = counts.size - 12 - 12 * (table.length / 4);
    return table[4 * ((offset - header) / 12) + 2] % 2 === 1;
  };
}
