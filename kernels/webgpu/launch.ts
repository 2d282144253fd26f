/**
 * The types of plans, which turn kernels into dispatches, and the slices that plans work in.
 *
 * @module
 */
import type { DType, Kernel, Tensor } from "../kernel.ts";
import type { ShaderName, ShaderOptions } from "./generated/shaders.ts";

/** Memory that one kernel uses. Other kernels may use the same memory before and after. */
export interface Scratch {
  /** Its number among the temporaries of the program. */
  readonly slot: number;
  readonly bytes: number;
}

/** Elements `from` ≤ e < `to` of a tensor. `from` must be a multiple of 64: bindings start at 256 bytes. */
export interface Slice {
  readonly tensor: Tensor | (Tensor & Scratch);
  readonly from: number;
  readonly to: number;
}

/** Memory that can be bound to a shader. */
export type Bindable = Tensor | Slice | Scratch;

/** A dispatch of one shader: only lines that this shader has can be set. */
interface DispatchOf<Name extends ShaderName> {
  readonly shader: Name;
  /** Values of `const` and `alias` lines of the shader and its modules. */
  readonly options?: ShaderOptions[Name];
  /** Fields of its `Sizes`, except `groupsX`, which the program fills in. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** A buffer for each of its bindings except the uniform. */
  readonly buffers: Readonly<Record<string, Bindable>>;
  /** Workgroups: in total, to be spread over two dimensions if needed, or in x and y. */
  readonly groups: number | readonly [number, number];
}

/** One dispatch of one shader. */
export type Dispatch = { [Name in ShaderName]: DispatchOf<Name> }[ShaderName];

/** Adds the dispatches of a plan, reserves its memory, and knows the limits that it must keep. */
export interface Planner {
  /** Adds a dispatch. */
  dispatch(dispatch: Dispatch): void;
  /** Reserves memory of `count` four-byte elements until the kernel's last dispatch. */
  scratch(count: number): Scratch;
  /** Plans two sides, of which the device takes the first if the flag is 0 when it is reached. */
  branch(
    flag: Bindable,
    zero: (planner: Planner) => void,
    nonzero: (planner: Planner) => void,
  ): void;
  /** Most bytes of a binding. */
  readonly maxBindingBytes: number;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
  /** Most floating-point operations of a matrix product's dispatch. */
  readonly maxDispatchFlops: number;
  /** Threads on a side of a product's tile, if the caller or the probe has chosen. */
  readonly tileSide?: number;
}

/** Turns a kernel, its sizes and constants into dispatches. */
export type Plan<K> = K extends
  Kernel<infer Types extends Record<string, DType>, infer Dim, infer C> ? (
    operands: { readonly [Name in keyof Types]: Tensor },
    dims: Readonly<Record<Dim, number>>,
    constants: C,
    planner: Planner,
  ) => void
  : never;

/** Returns the workgroups that cover all elements, if each workgroup takes `each`. */
export function groupsOf(elements: number, each = 256): number {
  return Math.ceil(elements / each);
}

/** Rows `from` ≤ i < `to`, one slice after another. */
export type Slices = Generator<{ readonly from: number; readonly to: number }>;

/** Yields slices of rows that fit in a binding; each begins at a multiple of `unit` rows. */
export function* rowSlices(
  rows: number,
  rowBytes: number,
  { maxBindingBytes }: Pick<Planner, "maxBindingBytes">,
  unit = 4,
): Slices {
  if (rows * rowBytes <= maxBindingBytes) return yield { from: 0, to: rows };
  // A binding starts at a multiple of 256 bytes, and a slice of latents at a whole quad of them.
  const width = rowBytes / 4;
  let step = 64;
  while (step > unit && (step / 2 * width) % 64 === 0) step /= 2;
  const most = step * Math.floor(maxBindingBytes / (step * rowBytes));
  if (most === 0) {
    throw new RangeError(
      `Cannot split [${rows}, ${width}] among bindings: ${step} rows take ${step * rowBytes} ` +
        `bytes but a binding at most ${maxBindingBytes}`,
    );
  }
  for (let from = 0; from < rows; from += most) yield { from, to: Math.min(from + most, rows) };
}

/**
 * Yields slices of N latents that fit in a binding. A latent takes `flops` operations; slices have no more
 * work than a dispatch should have, down to the smallest slice that can be bound.
 */
export function latentSlices(
  N: number,
  d: number,
  flops: number,
  { maxBindingBytes, maxDispatchFlops }: Pick<Planner, "maxBindingBytes" | "maxDispatchFlops">,
  unit?: number,
): Slices {
  const most = Math.max(Math.floor(maxDispatchFlops / flops), 64) * 4 * d;
  return rowSlices(N, 4 * d, { maxBindingBytes: Math.min(maxBindingBytes, most) }, unit);
}

/** Returns rows `from` ≤ i < `to` of a tensor [rows, width]. */
export function rowsOf(tensor: Tensor, from: number, to: number, width: number): Slice {
  return { tensor, from: from * width, to: to * width };
}

/** Some rows of an array [rows, width], and their memory. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly values: Bindable;
}

/** Returns a tensor [rows, width] in parts that fit in bindings. */
export function partsOf(
  tensor: Tensor,
  rows: number,
  width: number,
  limits: Pick<Planner, "maxBindingBytes">,
): Part[] {
  return [...rowSlices(rows, 4 * width, limits)].map(({ from, to }) => {
    return { from, to, values: rowsOf(tensor, from, to, width) };
  });
}
