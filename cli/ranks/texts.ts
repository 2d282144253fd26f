/**
 * Text between ranks, over messages of numbers.
 *
 * @module
 */
import type { Communicator } from "@matryoshka/sae";

/** Returns the texts of all ranks, in their order. Collective. */
export async function gatherTexts(communicator: Communicator, text: string): Promise<string[]> {
  const own = new TextEncoder().encode(text);
  const lengths = await communicator.allGather(Uint32Array.of(own.length));
  const words = Math.ceil(Math.max(...lengths) / 4);
  if (words === 0) return Array.from(lengths, () => "");
  const message = new Uint32Array(words);
  bytesOf(message).set(own);
  const bytes = bytesOf(await communicator.allGather(message));
  return Array.from(lengths, (length, rank) => {
    const from = 4 * words * rank;
    return new TextDecoder().decode(bytes.slice(from, from + length));
  });
}

/** Returns the text of rank 0 on every rank. Collective. */
export async function textOfFirst(communicator: Communicator, text: string): Promise<string> {
  const own = new TextEncoder().encode(text);
  const length = Uint32Array.of(own.length);
  await communicator.broadcast(length, 0);
  const message = new Uint32Array(Math.ceil(length[0] / 4));
  if (communicator.rank === 0) bytesOf(message).set(own);
  if (message.length > 0) await communicator.broadcast(message, 0);
  return new TextDecoder().decode(bytesOf(message).slice(0, length[0]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
