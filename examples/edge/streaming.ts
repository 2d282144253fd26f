import type { Activation, SparseCodes } from "@matryoshka/sae/wasm";
import { type Answer, joined } from "./answers.ts";
import { Refusal } from "./refusal.ts";

/** The part of an autoencoder that the service needs. */
export interface Encoder {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly activation: Activation;
  encode(rows: Float32Array): Promise<SparseCodes>;
}

/** When an answer ends. */
export interface AnswerOptions {
  /** Ends it when the client disconnects. */
  readonly signal: AbortSignal;
  /** How long the client may take for each piece. */
  readonly seconds: number;
  /** Called whenever the client takes a piece. */
  readonly alive: () => void;
  /** Called once, when all work has ended. */
  readonly done: () => void;
}

/** Rows that are computed and sent at a time. */
const CHUNK_ROWS = 64;

/**
 * Returns the codes of rows as a body: bytes if one chunk holds all rows, else a stream. The stream computes a chunk
 * when the client has taken the one before. It stops when the client disconnects, or takes nothing for too long. An
 * error in the first chunk is thrown; a later error cuts off the stream.
 */
export async function writeCodes(
  encoder: Encoder,
  rows: Float32Array,
  answer: Answer,
  { signal, seconds, alive, done }: AnswerOptions,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const pieces = writtenChunks(encoder, rows, answer, signal, done);
  const first = await pieces.next();
  // Under steady load Deno frees streamed data only in a pause: 20 KB per answer (measured).
  if (rows.length <= CHUNK_ROWS * encoder.inputSize) {
    const all: Uint8Array[] = first.done ? [] : [first.value];
    for await (const piece of pieces) all.push(piece);
    return joined(all);
  }
  let next: IteratorResult<Uint8Array, void> | undefined = first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream({
    async pull(controller) {
      clearTimeout(timer);
      alive();
      const piece = next ?? await pieces.next();
      next = undefined;
      if (piece.done) return controller.close();
      controller.enqueue(piece.value);
      timer = setTimeout(() => {
        controller.error(new Error("The client takes the answer too slowly"));
        pieces.return();
      }, seconds * 1e3);
    },
    async cancel() {
      clearTimeout(timer);
      await pieces.return();
    },
  }, { highWaterMark: 0 });
}

async function* writtenChunks(
  encoder: Encoder,
  rows: Float32Array,
  answer: Answer,
  signal: AbortSignal,
  done: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { inputSize: d, latentCount: N, activation } = encoder;
  const B = rows.length / d;
  // "batchtopk" selects among all rows of a request.
  const chunkRows = activation.kind === "batchtopk" ? B : CHUNK_ROWS;
  try {
    let head: Uint8Array | undefined = answer.head(B, N);
    for (let from = 0; from < B; from += chunkRows) {
      signal.throwIfAborted();
      await othersTurn();
      const codes = await encoder.encode(rows.subarray(from * d, (from + chunkRows) * d));
      const chunk = answer.chunk(codes, head !== undefined);
      yield head ? joined([head, chunk]) : chunk;
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

/**
 * Lets the isolate receive bodies and send answers before it computes again. Otherwise the rows of all requests that wait
 * may be computed in one go.
 */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Turns an error about rows into a 422, such as about a row of zeros that must be divided by its norm. */
function asRefusal(error: unknown): unknown {
  const isOfRows = error instanceof RangeError && error.message.startsWith("Cannot encode:");
  return isOfRows ? new Refusal(422, error.message) : error;
}
