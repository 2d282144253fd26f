/**
 * A device whose submits, buffer mappings and living bytes are counted.
 *
 * @module
 */

/** What has been asked of a device so far. */
export interface Counts {
  submits: number;
  maps: number;
  /** Bytes of buffers that are not destroyed: those that can be read back, which tensors can. */
  tensorBytes: number;
  /** And the others: what programs hold, and where readings arrive. */
  otherBytes: number;
  /** Bytes written from the host. */
  writtenBytes: number;
}

const COPY_SRC = 0x4;

/** Counts on a device of the caller's, by taking the place of its methods. */
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
