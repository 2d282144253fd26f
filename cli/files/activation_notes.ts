import type { ActivationsDescription } from "@matryoshka/sae";
import { counted } from "../terminal/text.ts";

/**
 * Says how data are read where the command line does not show it: which files a folder or pattern stands for, and
 * that [batch, seq, inputSize] is read as rows.
 *
 * @param asked The paths on the command line.
 * @param found The files that they stand for.
 */
export function notesOnActivations(
  asked: readonly string[],
  found: readonly string[],
  { rows, inputSize, shards }: ActivationsDescription,
): string[] {
  const notes: string[] = [];
  if (found.some((path, i) => path !== asked[i])) {
    const range = found.length === 1 ? found[0] : `${found[0]} to ${found[found.length - 1]}`;
    notes.push(`reading ${counted(found.length, "file")}, ${range}`);
  }
  const deep = shards.filter(({ shape }) => shape !== undefined);
  if (deep.length > 0) {
    const [{ name, shape, rows: own }] = deep;
    const first = `${name} holds [${shape!.join(", ")}]`;
    const subject = deep.length === 1
      ? first
      : `${counted(deep.length, "file")} hold [batch, seq, ${inputSize}] (${first})`;
    const count = deep.length === shards.length ? rows : own;
    const total = deep.length === 1 || deep.length === shards.length
      ? `, ${counted(count, "row")} in all`
      : "";
    notes.push(`${subject}: each position of a sequence is one row${total}`);
  }
  return notes;
}
