/**
 * An error about one row of a batch. Whoever knows where the batch came from can rename the row.
 *
 * @example
 * ```ts
 * import { RowError } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new RowError(3, (row) => `Cannot encode: ${row} holds NaN`);
 * assertEquals(error.message, "Cannot encode: row 3 of the batch holds NaN");
 * assertEquals(error.renamed("row 70003 of a.npy").message, "Cannot encode: row 70003 of a.npy holds NaN");
 * ```
 */
export class RowError extends RangeError {
  /** The row, counted from 0 among those that were given. */
  readonly row: number;
  readonly #words: (row: string) => string;

  /** `words` makes the message from the row's name, which is `row 3 of the batch` unless given. */
  constructor(row: number, words: (row: string) => string, name = `row ${row} of the batch`) {
    super(words(name));
    this.row = row;
    this.#words = words;
  }

  /** Returns the same error with another name for the row, such as `row 70003 of layer2.npy`. */
  renamed(name: string): RangeError {
    return new RangeError(this.#words(name), { cause: this });
  }
}
