/**
 * Inflates what a zip file has compressed, never more than was announced.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";

// A stream hands on all that a chunk inflates to, at most 1032 times as much: 16 MiB of it.
const CHUNK = 16384;
/** No deflate stream inflates to more than this many bytes per byte. */
export const DEFLATE_RATIO = 1032;

/** Where a deflate stream lies, and how many bytes it must inflate to. */
export interface DeflatedRange {
  readonly offset: number;
  readonly length: number;
  readonly size: number;
}

function compressedChunks(source: ByteSource, { offset, length }: DeflatedRange): ReadableStream {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const count = Math.min(CHUNK, length - at);
      if (count > 0) {
        // A copy: the stream may transfer the bytes, and the source's must stay.
        controller.enqueue((await readExactly(source, offset + at, count)).slice());
      }
      at += count;
      if (at >= length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * The first `wanted` bytes of an inflated range; what lies behind them is not inflated. Where all of it is
 * wanted, it must end there. Memory grows with what has really come, not with what was announced.
 *
 * @throws {RangeError} where it is broken, or not as long as announced.
 */
export async function inflate(
  source: ByteSource,
  range: DeflatedRange,
  wanted: number,
  subject: string,
): Promise<Uint8Array> {
  const bad = (why: string, cause?: unknown) =>
    new RangeError(`Cannot read ${subject}: ${why}`, { cause });
  const reader = compressedChunks(source, range)
    .pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let out = new Uint8Array(Math.min(wanted, 4 * CHUNK)), count = 0, ended = false;
  try {
    while (count < wanted || wanted === range.size) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        break;
      }
      if (count + value.length > range.size) {
        throw bad(`it inflates to more than the ${range.size} bytes that were announced`);
      }
      const part = value.subarray(0, wanted - count);
      if (count + part.length > out.length) {
        const larger = new Uint8Array(
          Math.min(wanted, 2 * Math.max(out.length, count + part.length)),
        );
        larger.set(out.subarray(0, count));
        out = larger;
      }
      out.set(part, count);
      count += part.length;
    }
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot ")) throw error;
    throw bad("its compressed bytes are broken or cut off", error);
  } finally {
    // It may have failed already, and is wanted no more.
    if (!ended) await reader.cancel().catch(() => {});
  }
  if (count < wanted) throw bad(`it inflates to ${count} bytes but ${range.size} were announced`);
  return out;
}
