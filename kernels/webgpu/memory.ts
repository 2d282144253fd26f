/**
 * Buffers on the device, and the tensors in them.
 *
 * @module
 */
import type { DType, Tensor } from "../kernel.ts";
import { elementCount } from "../shapes.ts";
import { checkLasting } from "../temporaries.ts";
import type { Scratch } from "./launch.ts";

/** Makes buffers, destroys them, and counts their bytes. */
export class Memory {
  readonly #device: GPUDevice;
  #allocatedBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes of all buffers that are not destroyed. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** Allocates a buffer of zeros. If it is too large, the error says that the task `what` needs it. */
  allocate(bytes: number, usage: GPUBufferUsageFlags, what: string): Allocation {
    const { maxBufferSize } = this.#device.limits;
    if (bytes > maxBufferSize) {
      throw new RangeError(
        `Cannot ${what}: it takes ${bytes} bytes but a buffer at most ${maxBufferSize}`,
      );
    }
    const buffer = this.#device.createBuffer({ size: bytes, usage });
    this.#allocatedBytes += bytes;
    return new Allocation(buffer, () => this.#allocatedBytes -= bytes);
  }
}

/** A buffer, destroyed when it is first disposed. */
export class Allocation implements Disposable {
  #release?: () => void;

  constructor(readonly buffer: GPUBuffer, release: () => void) {
    this.#release = release;
  }

  /** Whether the buffer is destroyed. */
  get isDisposed(): boolean {
    return this.#release === undefined;
  }

  [Symbol.dispose](): void {
    if (this.#release === undefined) return;
    this.buffer.destroy();
    this.#release();
    this.#release = undefined;
  }
}

/** A tensor, or a view of one, which does not own the buffer. */
export class WebGpuTensor implements Tensor {
  #disposed = false;

  constructor(
    readonly dtype: DType,
    readonly shape: readonly number[],
    readonly memory: Memory,
    readonly allocation: Allocation,
    readonly owned: boolean,
  ) {}

  /** Bytes from the start of its buffer. */
  get bytes(): number {
    return 4 * elementCount(this.shape);
  }

  /** Whether this tensor, or the tensor that it views, is disposed. */
  get isDisposed(): boolean {
    return this.#disposed || this.allocation.isDisposed;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.owned) this.allocation[Symbol.dispose]();
  }
}

/** A tensor whose memory is laid out when its program is compiled. */
export class Temporary implements Tensor, Scratch {
  readonly bytes: number;

  constructor(readonly dtype: DType, readonly shape: readonly number[], readonly slot: number) {
    this.bytes = 4 * elementCount(shape);
  }

  /** Does nothing: the program owns the memory. */
  [Symbol.dispose](): void {}
}

/** Returns a tensor of this backend; throws if it belongs to another backend, or is disposed or a temporary. */
export function ownTensor(tensor: Tensor, memory: Memory): WebGpuTensor {
  checkLasting(tensor);
  if (!(tensor instanceof WebGpuTensor) || tensor.memory !== memory) {
    throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it is of another backend`);
  }
  if (tensor.isDisposed) {
    throw new TypeError(`Cannot use a tensor [${tensor.shape}]: it is disposed`);
  }
  return tensor;
}
