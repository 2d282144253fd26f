/**
 * Writes counts with their nouns.
 *
 * @module
 */

/** Returns "1 row" or "2 rows". */
export const counted = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`;

/** Returns "there is 1 row" or "there are 2 rows". */
export const thereAre = (count: number, noun: string, nouns?: string): string =>
  `there ${count === 1 ? "is" : "are"} ${counted(count, noun, nouns)}`;
