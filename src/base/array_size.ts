/**
 * Checks the sizes of arrays before they are made, where the engine would only say "Invalid typed array length".
 *
 * @module
 */

/** The most values of an array: 4 GiB of float32, which is as much as WebAssembly and WGSL can address. */
const MOST_VALUES = 2 ** 30;

/** Lengths of an array's dimensions by their names. */
type Sizes = Readonly<Record<string, number>>;

const namesOf = (sizes: Sizes) => Object.keys(sizes).join(" × ");
const valuesOf = (sizes: Sizes) => Object.values(sizes).join(" × ");
const countOf = (sizes: Sizes) => Object.values(sizes).reduce((a, b) => a * b, 1);

/** Throws a RangeError if an array of this shape would have more than 2³⁰ values. */
export function checkArraySize(sizes: Sizes, task: string): void {
  if (countOf(sizes) <= MOST_VALUES) return;
  throw new RangeError(
    `Cannot ${task}: ${namesOf(sizes)} must be at most ${MOST_VALUES} but is ${valuesOf(sizes)}`,
  );
}

/** Makes an array of this shape. If there is no room for it, the RangeError names the dimensions. */
export function makeArray<A>(
  Kind: new (length: number) => A,
  sizes: Sizes,
  task: string,
): A {
  try {
    return new Kind(countOf(sizes));
  } catch (cause) {
    throw new RangeError(
      `Cannot ${task}: ${namesOf(sizes)} = ${valuesOf(sizes)} values do not fit into memory`,
      { cause },
    );
  }
}
