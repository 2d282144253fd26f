/**
 * Inflates the compressed entries of a zip file, never beyond their announced size.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";

// The stream delivers all that a chunk inflates to, at most 1032 times its size: 16 MiB.
const CHUNK = 16384;
/** The most bytes that one byte of a deflate stream can inflate to. */
export const DEFLATE_RATIO = 1032;

/** The position of a deflate stream, and the number of bytes that it must inflate to. */
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
        // A copy, because the stream may transfer the bytes away from the source.
        controller.enqueue((await readExactly(source, offset + at, count)).slice());
      }
      at += count;
      if (at >= length) controller.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * Inflates the first `wanted` bytes of a range. If these are all that was announced, the range must end there.
 * Memory grows with the bytes that arrive, not with those that were announced.
 *
 * @throws {RangeError} if the range is corrupt, or its length differs from the announced one.
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
  let out = new Uint8Array(Math.min(wanted, 4 * CHUNK));
  let count = 0;
  let ended = false;
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
    throw bad("its compressed bytes are corrupt or cut off", error);
  } finally {
    // Cancelling a stream that has failed throws again.
    if (!ended) await reader.cancel().catch(() => {});
  }
  if (count < wanted) throw bad(`it inflates to ${count} bytes but ${range.size} were announced`);
  return out;
}
