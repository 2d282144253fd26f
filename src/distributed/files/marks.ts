/**
 * Marks that tell files of one attempt from those of others.
 *
 * @module
 */
import type { Communicator } from "../communicator.ts";

/** Returns eight random hexadecimal digits, the same on every rank. Collective. */
export async function commonMark(communicator: Communicator): Promise<string> {
  const mark = crypto.getRandomValues(new Uint32Array(1));
  await communicator.broadcast(mark, 0);
  return mark[0].toString(16).padStart(8, "0");
}
