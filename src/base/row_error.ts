/** An error about one of the rows that were given: whoever knows where the row came from can say so. */
export class RowError extends RangeError {
  /** The row, counted from 0 among those that were given. */
  readonly row: number;
  readonly #words: (row: string) => string;

  /** `words` makes the message of what the row is called, by default `row 3 of the batch`. */
  constructor(row: number, words: (row: string) => string, name = `row ${row} of the batch`) {
    super(words(name));
    this.row = row;
    this.#words = words;
  }

  /** The same error of a row by another name: `row 70003 of layer2.npy`. */
  renamed(name: string): RangeError {
    return new RangeError(this.#words(name), { cause: this });
  }
}
