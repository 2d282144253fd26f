/**
 * A device whose submits and buffer mappings are counted.
 *
 * @module
 */

/** What has been asked of a device so far. */
export interface Counts {
  submits: number;
  maps: number;
}

/** Counts on a device of the caller's, by taking the place of its methods. */
export function countOn(device: GPUDevice): Counts {
  const counts: Counts = { submits: 0, maps: 0 };
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    counts.submits++;
    return submit(buffers);
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (...args) => {
      counts.maps++;
      return mapAsync(...args);
    };
    return buffer;
  };
  return counts;
}
