/**
 * The arena: the host allocates tensors in one linear memory.
 *
 * @module
 */

const ALIGNMENT = 64;
const PAGE = 65536;
/**
 * The memory grows by a quarter, so that many small tensors do not grow it one by one, but by no more than 4 MiB beyond
 * what is needed: growing takes 6 µs (measured), and some platforms count every byte of the memory.
 */
const MOST_SPARE = 4 * 2 ** 20;
/** The largest 32-bit memory less a page, because the end of the last tensor must be an address, too. */
export const MOST_BYTES: number = 65535 * PAGE;

interface Block {
  start: number;
  bytes: number;
}

/** Allocates first-fit, merges neighbours when they are freed, and grows the memory when nothing fits. */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #most: number;
  /** Free blocks by ascending start. */
  readonly #free: Block[] = [];
  readonly #used = new Map<number, number>();
  #end: number;
  #f32: Float32Array;
  #u32: Uint32Array;
  /** Bytes that are currently allocated. */
  allocatedBytes = 0;

  /**
   * @param memory The linear memory.
   * @param base The first byte that the module leaves free.
   * @param most The bytes that the memory may grow to.
   */
  constructor(memory: WebAssembly.Memory, base: number, most: number = MOST_BYTES) {
    this.#memory = memory;
    this.#most = Math.min(most, MOST_BYTES);
    this.#end = roundUp(base, ALIGNMENT);
    this.#f32 = new Float32Array(memory.buffer);
    this.#u32 = new Uint32Array(memory.buffer);
  }

  /** The whole memory as f32, valid until the next allocation. */
  get f32(): Float32Array {
    this.#refresh();
    return this.#f32;
  }

  /** The whole memory as u32, valid until the next allocation. */
  get u32(): Uint32Array {
    this.#refresh();
    return this.#u32;
  }

  /**
   * Allocates `bytes`, aligned to 64, and returns their address.
   *
   * @param what What the bytes are for, as the error names it.
   * @throws {RangeError} if the memory cannot grow by that much; nothing has changed then.
   */
  allocate(bytes: number, what: string): number {
    const size = roundUp(Math.max(bytes, 1), ALIGNMENT);
    const index = this.#free.findIndex((block) => block.bytes >= size);
    let start: number;
    if (index >= 0) {
      const block = this.#free[index];
      start = block.start;
      block.start += size;
      block.bytes -= size;
      if (block.bytes === 0) this.#free.splice(index, 1);
    } else {
      start = this.#extend(size, what);
    }
    this.#used.set(start, size);
    this.allocatedBytes += size;
    return start;
  }

  /** Frees a block; does nothing if no block is allocated at `start`. */
  free(start: number): void {
    const bytes = this.#used.get(start);
    if (bytes === undefined) return;
    this.#used.delete(start);
    this.allocatedBytes -= bytes;
    let at = this.#free.findIndex((block) => block.start > start);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { start, bytes });
    if (at + 1 < this.#free.length) this.#merge(at);
    if (at > 0) this.#merge(at - 1);
    const last = this.#free.at(-1)!;
    if (last.start + last.bytes === this.#end) {
      this.#end = last.start;
      this.#free.pop();
    }
  }

  /** Merges free block `at` with the next one if they touch. */
  #merge(at: number): void {
    const block = this.#free[at], next = this.#free[at + 1];
    if (block.start + block.bytes !== next.start) return;
    block.bytes += next.bytes;
    this.#free.splice(at + 1, 1);
  }

  #extend(size: number, what: string): number {
    const start = this.#end, end = start + size, held = this.#memory.buffer.byteLength;
    const ample = Math.min(Math.max(end, Math.min(1.25 * held, held + MOST_SPARE)), this.#most);
    if (end > this.#most || end > held && !this.#grow(ample) && !this.#grow(end)) {
      const most = end > this.#most ? this.#most : held;
      const refused = end > this.#most ? "" : " (the machine refused to give more)";
      const fits = Math.max(most - start, ...this.#free.map(({ bytes }) => bytes), 0);
      throw new RangeError(
        `Cannot allocate ${size} bytes for ${what}: ${this.allocatedBytes} of ${most} bytes are in ` +
          `use and at most ${fits} in one piece would fit${refused}`,
      );
    }
    this.#end = end;
    return start;
  }

  /** Grows the memory to at least `bytes`; returns false if the engine or the machine refuses. */
  #grow(bytes: number): boolean {
    try {
      this.#memory.grow(Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE));
      return true;
    } catch {
      return false;
    }
  }

  #refresh(): void {
    if (this.#f32.buffer === this.#memory.buffer && this.#f32.byteLength > 0) return;
    this.#f32 = new Float32Array(this.#memory.buffer);
    this.#u32 = new Uint32Array(this.#memory.buffer);
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
