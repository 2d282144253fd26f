/**
 * What a kernel's cases are made of: launches (sizes, constants, inputs) and the tolerance of every
 * output element.
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
  /** What is special about it. */
  readonly title?: string;
  readonly dims: Readonly<Record<DimOf<K>, number>>;
  readonly constants: ConstantsOf<K>;
  /** Every operand that the kernel reads or updates. */
  readonly inputs: { readonly [Name in keyof TypesOf<K>]?: ArrayLike<number> };
}

/** A launch whose inputs are rounded to float32, and what its reference makes of them. */
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
  /** The launches; the generator decides the inputs, and how many codes there are. */
  launches(random: Random): Iterable<Launch<K>>;
  /**
   * By how much element e of an f32 output may be off. An output that is not named must be equal;
   * u32 outputs always must.
   */
  tolerance(launch: PreparedLaunch<K>): {
    readonly [Name in keyof TypesOf<K>]?: (e: number) => number;
  };
  /** How many leading elements of an output are specified; all of them where it is not named. */
  specified?(launch: PreparedLaunch<K>): { readonly [Name in keyof TypesOf<K>]?: number };
}

/** What an element holds until the kernel writes it. */
export const UNWRITTEN: Record<DType, number> = { f32: NaN, u32: 0xdeadbeef };

/** The shape of every operand. */
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

/** Float64 (or u32) copies of all arrays, which a reference may change. */
export function copyArrays<K>(arrays: Arrays<K>): Arrays<K> {
  const entries = Object.entries(arrays) as [string, Float64Array | Uint32Array][];
  return Object.fromEntries(entries.map(([name, array]) => [name, array.slice()])) as Arrays<K>;
}

/** Rounds the inputs, so that both sides see the same numbers, and runs the reference. */
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
