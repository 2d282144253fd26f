/**
 * The one place that checks shapes, dtypes and aliasing of operands. Kernels rely on it.
 *
 * @module
 */
import type { AnyKernel, Operand, Tensor } from "./kernel.ts";

/** Returns the number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Throws a RangeError unless all sizes, and their product, are positive safe integers. */
export function checkShape(shape: readonly number[], task: string): void {
  const whole = shape.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!whole || !Number.isSafeInteger(elementCount(shape))) {
    throw new RangeError(
      `Cannot ${task}: sizes must be positive integers with a safe product but are [${shape}]`,
    );
  }
}

/** Returns the element count of `shape`; throws a RangeError if the tensor has fewer elements. */
export function checkView(tensor: Tensor, shape: readonly number[]): number {
  checkShape(shape, "view a tensor");
  const count = elementCount(shape);
  const available = elementCount(tensor.shape);
  if (count > available) {
    throw new RangeError(
      `Cannot view a tensor: [${shape}] has ${count} elements but [${tensor.shape}] has ${available}`,
    );
  }
  return count;
}

/** Throws a RangeError unless the data has one value per element of the tensor. */
export function checkWrite(tensor: Tensor, data: ArrayLike<number>): void {
  const count = elementCount(tensor.shape);
  if (data.length !== count) {
    throw new RangeError(
      `Cannot write a tensor: [${tensor.shape}] has ${count} elements but the data has ${data.length}`,
    );
  }
}

/** Returns the common element count; throws a RangeError unless dtypes and counts are equal. */
export function checkCopy(from: Tensor, to: Tensor): number {
  const count = elementCount(from.shape);
  if (from.dtype !== to.dtype || count !== elementCount(to.shape)) {
    throw new RangeError(
      `Cannot copy ${from.dtype}[${from.shape}] to ${to.dtype}[${to.shape}]: dtype or size differs`,
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
  const task = `Cannot run ${kernel.id}`;
  checkNames(kernel, operands, task);
  const dims: Record<string, number> = {};
  const boundBy: Record<string, string> = {};
  for (const [name, operand] of Object.entries<Operand>(kernel.operands)) {
    const tensor = operands[name];
    checkKind(name, operand, tensor, task);
    const described = `${name}[${tensor.shape}]`;
    for (const [axis, dim] of operand.dims.entries()) {
      const size = tensor.shape[axis];
      if (typeof dim === "number") {
        if (size === dim) continue;
        throw new RangeError(`${task}: axis ${axis} of ${described} must be ${dim}`);
      }
      const letter = dim.replace("+1", "");
      const value = dim.endsWith("+1") ? size - 1 : size;
      if (!(letter in dims)) {
        dims[letter] = value;
        boundBy[letter] = described;
      } else if (dims[letter] !== value) {
        const bound = `${dims[letter]} in ${boundBy[letter]}`;
        throw new RangeError(`${task}: ${letter} is ${value} in ${described} but ${bound}`);
      }
    }
  }
  return dims;
}

/** Throws unless the operands are exactly the kernel's, each a tensor of its own. */
function checkNames(
  kernel: AnyKernel,
  operands: Readonly<Record<string, Tensor>>,
  task: string,
): void {
  for (const name of Object.keys(operands)) {
    if (!(name in kernel.operands)) throw new TypeError(`${task}: it has no operand ${name}`);
  }
  const nameOf = new Map<Tensor, string>();
  for (const name of Object.keys(kernel.operands)) {
    const tensor = operands[name];
    if (tensor === undefined) throw new TypeError(`${task}: operand ${name} is missing`);
    const other = nameOf.get(tensor);
    if (other !== undefined) {
      throw new RangeError(`${task}: ${other} and ${name} are the same tensor`);
    }
    nameOf.set(tensor, name);
  }
}

/** Throws unless the tensor has the operand's dtype and rank. */
function checkKind(name: string, operand: Operand, tensor: Tensor, task: string): void {
  if (tensor.dtype !== operand.dtype) {
    throw new TypeError(`${task}: ${name} is ${tensor.dtype} but must be ${operand.dtype}`);
  }
  if (tensor.shape.length !== operand.dims.length) {
    throw new RangeError(`${task}: ${name}[${tensor.shape}] must be ${name}[${operand.dims}]`);
  }
}
