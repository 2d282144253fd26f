/**
 * The one place where operand shapes, dtypes and aliasing are checked. Kernels trust it.
 *
 * @module
 */
import type { AnyKernel, Tensor } from "./kernel.ts";

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Throws a RangeError unless every size is a positive safe integer and so is their product. */
export function checkShape(shape: readonly number[], what: string): void {
  const whole = shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!whole || !Number.isSafeInteger(elementCount(shape))) {
    throw new RangeError(`Cannot ${what}: the shape [${shape}] has a size that is not positive`);
  }
}

/** Throws a RangeError unless the tensor has the elements of `shape`; gives their number. */
export function checkView(tensor: Tensor, shape: readonly number[]): number {
  checkShape(shape, "view a tensor");
  const count = elementCount(shape), available = elementCount(tensor.shape);
  if (count > available) {
    throw new RangeError(
      `Cannot view a tensor: [${shape}] has ${count} elements but [${tensor.shape}] has ${available}`,
    );
  }
  return count;
}

/** Throws a RangeError unless the data are as many as the tensor's elements. */
export function checkWrite(tensor: Tensor, data: ArrayLike<number>): void {
  const count = elementCount(tensor.shape);
  if (data.length !== count) {
    throw new RangeError(
      `Cannot write a tensor: [${tensor.shape}] has ${count} elements but the data ${data.length}`,
    );
  }
}

/** Throws a RangeError unless both have one dtype and as many elements; gives their number. */
export function checkCopy(from: Tensor, to: Tensor): number {
  const count = elementCount(from.shape);
  if (from.dtype !== to.dtype || count !== elementCount(to.shape)) {
    throw new RangeError(
      `Cannot copy ${from.dtype}[${from.shape}] to ${to.dtype}[${to.shape}]: they differ`,
    );
  }
  return count;
}

/**
 * Binds a kernel's dimension letters to the sizes of its operands.
 *
 * @throws {TypeError} if an operand is missing or unknown, or has another dtype.
 * @throws {RangeError} if two operands disagree on a letter, a rank differs, or one tensor appears twice.
 */
export function bindDims(
  kernel: AnyKernel,
  operands: Readonly<Record<string, Tensor>>,
): Record<string, number> {
  const fail = `Cannot run ${kernel.id}`;
  const dims: Record<string, number> = {};
  const boundBy: Record<string, string> = {};
  for (const name of Object.keys(operands)) {
    if (!(name in kernel.operands)) throw new TypeError(`${fail}: it has no operand ${name}`);
  }
  const seen = new Map<Tensor, string>();
  for (const [name, operand] of Object.entries(kernel.operands)) {
    const tensor = operands[name];
    if (tensor === undefined) throw new TypeError(`${fail}: operand ${name} is missing`);
    const twin = seen.get(tensor);
    if (twin !== undefined) {
      throw new RangeError(`${fail}: ${twin} and ${name} are the same tensor`);
    }
    seen.set(tensor, name);
    if (tensor.dtype !== operand.dtype) {
      throw new TypeError(`${fail}: ${name} is ${tensor.dtype} but must be ${operand.dtype}`);
    }
    const described = `${name}[${tensor.shape}]`;
    if (tensor.shape.length !== operand.dims.length) {
      throw new RangeError(`${fail}: ${described} must be ${name}[${operand.dims}]`);
    }
    operand.dims.forEach((dim, axis) => {
      const size = tensor.shape[axis];
      if (typeof dim === "number") {
        if (size !== dim) {
          throw new RangeError(`${fail}: axis ${axis} of ${described} must be ${dim}`);
        }
        return;
      }
      const letter = dim.replace("+1", "");
      const value = dim.endsWith("+1") ? size - 1 : size;
      if (!(letter in dims)) {
        dims[letter] = value;
        boundBy[letter] = described;
      } else if (dims[letter] !== value) {
        throw new RangeError(
          `${fail}: ${letter} is ${value} in ${described} but ${dims[letter]} in ${
            boundBy[letter]
          }`,
        );
      }
    });
  }
  return dims;
}
