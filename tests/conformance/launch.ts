/**
 * The cases of a kernel: launches, each with sizes, constants and inputs, and the tolerance of every output
 * element.
 *
 * @module
 */
import type { AnyKernel, DType, Kernel, ReferenceArray } from "../../kernels/kernel.ts";
import { elementCount } from "../../kernels/shapes.ts";
import type { Random } from "../../src/base/random.ts";

type TypesOf<K> = K extends Kernel<infer Types, infer _Dim, infer _Constants> ? Types : never;
type DimOf<K> = K extends Kernel<infer _Types, infer Dim, infer _Constants> ? Dim : never;
type ConstantsOf<K> = K extends Kernel<infer _Types, infer _Dim, infer Constants> ? Constants
  : never;

/** An array per operand. */
export type Arrays<K> = {
  readonly [Name in keyof TypesOf<K>]: ReferenceArray<TypesOf<K>[Name]>;
};

/** One launch of a kernel. */
export interface Launch<K extends AnyKernel> {
  /** What is special about this launch. */
  readonly title?: string;
  readonly dims: Readonly<Record<DimOf<K>, number>>;
  readonly constants: ConstantsOf<K>;
  /** Every operand that the kernel reads or updates. */
  readonly inputs: { readonly [Name in keyof TypesOf<K>]?: ArrayLike<number> };
}

/** A launch whose inputs are rounded to float32, and the results of its reference. */
export interface PreparedLaunch<K extends AnyKernel> {
  readonly title: string;
  readonly dims: Readonly<Record<DimOf<K>, number>>;
  readonly constants: ConstantsOf<K>;
  /** All operands before the launch; "write" operands hold the mark of an unwritten element. */
  readonly inputs: Arrays<K>;
  /** All operands after the launch, in float64. */
  readonly expected: Arrays<K>;
}

/** How a kernel is tested on every backend. */
export interface KernelCases<K extends AnyKernel> {
  readonly kernel: K;
  /** Yields the launches. `random` determines the inputs, and with them the number of codes. */
  launches(random: Random): Iterable<Launch<K>>;
  /**
   * Returns the largest permitted error of element e of each f32 output. Outputs without an entry, and all
   * u32 outputs, must be equal to the reference.
   */
  tolerance(launch: PreparedLaunch<K>): {
    readonly [Name in keyof TypesOf<K>]?: (e: number) => number;
  };
  /** Returns how many leading elements of an output are specified; without an entry all of them are. */
  specified?(launch: PreparedLaunch<K>): { readonly [Name in keyof TypesOf<K>]?: number };
  /**
   * Returns the launch with the results that are expected given `got`, where the spec leaves a choice: a permitted
   * choice is expected as it was made, with what follows from it. Without it there is no choice.
   */
  settle?(launch: PreparedLaunch<K>, got: Got<K>): PreparedLaunch<K>;
}

/** What a backend has left in every operand, perhaps with a guard behind it. */
export type Got<K> = { readonly [Name in keyof TypesOf<K>]: ArrayLike<number> };

/** Returns one in `turns` launches, but at least one; the seed says which. */
export function inTurn<K extends AnyKernel>(
  launches: readonly Launch<K>[],
  turns: number,
  seed: number,
): readonly Launch<K>[] {
  const step = Math.min(turns, launches.length);
  return launches.filter((_, n) => n % step === seed % step);
}

/** The value of an element that the kernel has not written yet. */
export const UNWRITTEN: Record<DType, number> = { f32: NaN, u32: 0xdeadbeef };

/** Returns the shape of every operand. */
export function operandShapes(
  kernel: AnyKernel,
  dims: Readonly<Record<string, number>>,
): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(kernel.operands).map(([name, operand]) => [
      name,
      operand.dims.map((dim: string | number) => {
        if (typeof dim === "number") return dim;
        return dim.endsWith("+1") ? dims[dim.slice(0, -2)] + 1 : dims[dim];
      }),
    ]),
  );
}

/** Copies all arrays, so that a reference may change them. */
export function copyArrays<K>(arrays: Arrays<K>): Arrays<K> {
  const entries = Object.entries(arrays) as [string, Float64Array | Uint32Array][];
  return Object.fromEntries(entries.map(([name, array]) => [name, array.slice()])) as Arrays<K>;
}

/** Rounds the inputs to float32, so that backend and reference get the same numbers, and runs the reference. */
export function prepare<K extends AnyKernel>(kernel: K, launch: Launch<K>): PreparedLaunch<K> {
  const { dims, constants, title = "" } = launch;
  const given = launch.inputs as Record<string, ArrayLike<number> | undefined>;
  const shapes = operandShapes(kernel, dims);
  const inputs = Object.fromEntries(
    Object.entries(kernel.operands).map(([name, { access, dtype }]) => {
      const count = elementCount(shapes[name]);
      const data = access === "write" ? Array(count).fill(UNWRITTEN[dtype as DType]) : given[name];
      if (data?.length !== count) {
        throw new Error(`Cannot launch ${kernel.id}: ${name} needs ${count}, has ${data?.length}`);
      }
      return [
        name,
        dtype === "u32" ? Uint32Array.from(data) : Float64Array.from(data, Math.fround),
      ];
    }),
  ) as Arrays<K>;
  const expected = copyArrays<K>(inputs);
  kernel.reference(expected, dims, constants);
  return { title, dims, constants, inputs, expected };
}
