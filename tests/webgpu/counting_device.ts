/**
 * A device whose submits, buffer mappings and living bytes are counted.
 *
 * @module
 */

/** Counts of a device's work so far. */
export interface Counts {
  submits: number;
  maps: number;
  /** Bytes of living buffers that can be read back: those of tensors. */
  tensorBytes: number;
  /** Bytes of the other living buffers: those of programs, and those for reading back. */
  otherBytes: number;
  /** Bytes written from the host. */
  writtenBytes: number;
}

const COPY_SRC = 0x4;

/** Starts counting on a device, by replacing its methods. */
export function countOn(device: GPUDevice): Counts {
  const counts: Counts = { submits: 0, maps: 0, tensorBytes: 0, otherBytes: 0, writtenBytes: 0 };
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    counts.submits++;
    return submit(buffers);
  };
  const writeBuffer = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer, offset, data, ...range) => {
    counts.writtenBytes += data.byteLength;
    writeBuffer(buffer, offset, data, ...range);
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const kind = descriptor.usage & COPY_SRC ? "tensorBytes" : "otherBytes";
    counts[kind] += descriptor.size;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      counts[kind] -= descriptor.size;
      destroy();
    };
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (...args) => {
      counts.maps++;
      return mapAsync(...args);
    };
    return buffer;
  };
  return counts;
}
