/**
 * Inflates the compressed entries of a zip file, never beyond their announced size.
 *
 * @module
 */
import { crc32 } from "../../base/crc32.ts";
import { type ByteSource, checkByteRange, readExactly } from "../sources/bytes.ts";

// The stream delivers all that a chunk inflates to, at most 1032 times its size: 16 MiB.
const CHUNK = 16384;
/** The most bytes that one byte of a deflate stream can inflate to. */
export const DEFLATE_RATIO = 1032;

/** A deflate stream in a file, and what it must inflate to. */
export interface DeflatedRange {
  readonly offset: number;
  readonly length: number;
  /** The number of inflated bytes. */
  readonly size: number;
  /** Their checksum. */
  readonly crc: number;
}

function compressedChunks(source: ByteSource, { offset, length }: DeflatedRange): ReadableStream {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const count = Math.min(CHUNK, length - at);
      if (count > 0) {
        // A copy, because the stream may transfer the bytes away from the source.
        controller.enqueue((await readExactly(source, offset + at, count)).slice());
      }
      at += count;
      if (at >= length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * Reads the inflated bytes of a range. Reads should go forwards: bytes that are skipped are inflated and dropped, and
 * a read that goes back begins anew. Memory holds what is asked for and one inflated chunk, and grows with the bytes
 * that arrive, not with those that were announced. Once the last byte has been read, the length and the checksum
 * have been checked.
 */
export class InflatingReader {
  readonly #source: ByteSource;
  readonly #range: DeflatedRange;
  readonly #subject: string;
  #stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Inflated bytes that were not yet read. */
  #rest: Uint8Array = new Uint8Array(0);
  /** The position of the next byte. */
  #at = 0;
  #arrived = 0;
  #crc = 0;

  /** Opens nothing yet. `subject` names the entry in errors. */
  constructor(source: ByteSource, range: DeflatedRange, subject: string) {
    this.#source = source;
    this.#range = range;
    this.#subject = subject;
  }

  /**
   * Reads `length` bytes from byte `offset` on. One read at a time.
   *
   * @throws {RangeError} if the range is corrupt, or its length or checksum differs from the announced one.
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const { size } = this.#range;
    checkByteRange(this.#subject, size, offset, length);
    if (offset < this.#at) await this.close();
    while (this.#at < offset) {
      if (this.#rest.length === 0) await this.#next();
      this.#take(offset - this.#at);
    }
    let out = new Uint8Array(Math.min(length, Math.max(4 * CHUNK, this.#rest.length)));
    for (let count = 0; count < length;) {
      if (this.#rest.length === 0) await this.#next();
      const part = this.#take(length - count);
      if (count + part.length > out.length) {
        const larger = new Uint8Array(Math.min(length, 2 * (count + part.length)));
        larger.set(out.subarray(0, count));
        out = larger;
      }
      out.set(part, count);
      count += part.length;
    }
    if (this.#at === size) await this.#finish();
    return out;
  }

  /** Ends the stream. A later read begins anew. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#rest = new Uint8Array(0);
    this.#at = this.#arrived = this.#crc = 0;
    // Cancelling a stream that has failed throws again.
    await stream?.cancel().catch(() => {});
  }

  #take(most: number): Uint8Array {
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    this.#at += part.length;
    return part;
  }

  /** Inflates the next chunk; none comes before the announced end. */
  async #next(): Promise<void> {
    const chunk = await this.#inflated();
    if (chunk === undefined) {
      throw await this.#failed(
        `it inflates to ${this.#arrived} bytes but ${this.#range.size} were announced`,
      );
    }
    this.#rest = chunk;
  }

  async #inflated(): Promise<Uint8Array | undefined> {
    this.#stream ??= compressedChunks(this.#source, this.#range)
      .pipeThrough(new DecompressionStream("deflate-raw"))
      .getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let chunk: ReadableStreamReadResult<Uint8Array>;
    try {
      chunk = await this.#stream.read();
    } catch (error) {
      const own = error instanceof Error && error.message.startsWith("Cannot ");
      if (!own) throw await this.#failed("its compressed bytes are corrupt or cut off", error);
      await this.close();
      throw error;
    }
    if (chunk.done) return undefined;
    this.#arrived += chunk.value.length;
    if (this.#arrived > this.#range.size) {
      throw await this.#failed(
        `it inflates to more than the ${this.#range.size} bytes that were announced`,
      );
    }
    this.#crc = crc32(chunk.value, this.#crc);
    return chunk.value;
  }

  /** Checks that nothing follows, and the checksum. */
  async #finish(): Promise<void> {
    while (await this.#inflated());
    const { crc } = this.#range;
    const found = this.#crc;
    if (found !== crc) throw await this.#failed(`its checksum is ${found} but must be ${crc}`);
  }

  async #failed(why: string, cause?: unknown): Promise<RangeError> {
    await this.close();
    return new RangeError(`Cannot read ${this.#subject}: ${why}`, { cause });
  }
}
