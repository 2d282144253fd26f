import type { Activation, SparseCodes } from "@matryoshka/sae/wasm";
import { type Answer, joined } from "./answers.ts";
import { Refusal } from "./refusal.ts";

/** As much of an autoencoder as the service needs. */
export interface Encoder {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly activation: Activation;
  encode(rows: Float32Array): Promise<SparseCodes>;
}

/** Rows computed and sent at a time. */
const BLOCK_ROWS = 64;

/**
 * The codes of rows as a body: as one piece where they are one block, else as a stream, of which a block is computed
 * when the client has taken the one before, and none after the client has gone. What goes wrong with
 * the first block is thrown; what goes wrong later cuts the stream.
 *
 * @param done Called once, when there is nothing more to do.
 */
export async function writeCodes(
  encoder: Encoder,
  rows: Float32Array,
  answer: Answer,
  signal: AbortSignal,
  done: () => void,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const pieces = writtenBlocks(encoder, rows, answer, signal, done);
  const first = await pieces.next();
  // Under steady load Deno keeps what was streamed until it has a pause, 20 KB of each answer (measured).
  if (rows.length <= BLOCK_ROWS * encoder.inputSize) {
    const all: Uint8Array[] = first.done ? [] : [first.value];
    for await (const piece of pieces) all.push(piece);
    return joined(all);
  }
  let next: IteratorResult<Uint8Array, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const piece = next ?? await pieces.next();
      next = undefined;
      if (piece.done) controller.close();
      else controller.enqueue(piece.value);
    },
    async cancel() {
      await pieces.return();
    },
  }, { highWaterMark: 0 });
}

async function* writtenBlocks(
  encoder: Encoder,
  rows: Float32Array,
  answer: Answer,
  signal: AbortSignal,
  done: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { inputSize: d, latentCount: N, activation } = encoder;
  const B = rows.length / d;
  // "batchtopk" chooses among all rows of a request.
  const blockRows = activation.kind === "batchtopk" ? B : BLOCK_ROWS;
  try {
    let head: Uint8Array | undefined = answer.head(B, N);
    for (let from = 0; from < B; from += blockRows) {
      signal.throwIfAborted();
      const codes = await encoder.encode(rows.subarray(from * d, (from + blockRows) * d));
      const block = answer.block(codes, head !== undefined);
      yield head ? joined([head, block]) : block;
      head = undefined;
    }
    const tail = answer.tail();
    if (tail.length > 0) yield tail;
  } catch (error) {
    throw asRefusal(error);
  } finally {
    done();
  }
}

/** Rows that the autoencoder cannot take, such as zeros where it divides by their norm. */
function asRefusal(error: unknown): unknown {
  const isOfRows = error instanceof RangeError && error.message.startsWith("Cannot encode:");
  return isOfRows ? new Refusal(422, error.message) : error;
}
