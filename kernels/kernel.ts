/**
 * The kernel contract: what a kernel declares, and what a backend offers. Types only.
 *
 * @module
 */

/** Element type of a tensor. */
export type DType = "f32" | "u32";

/**
 * How a kernel uses an operand: "read" leaves it as it is, "write" sets every element (whatever was
 * there before), "update" reads and writes.
 */
export type Access = "read" | "write" | "update";

/** One operand of a kernel. A dimension is a letter (`"B"`), a letter plus one (`"B+1"`) or a number. */
export interface Operand<T extends DType = DType, Dim extends string = string> {
  /** How the kernel uses it. */
  readonly access: Access;
  /** Its element type. */
  readonly dtype: T;
  /** Its shape, outermost dimension first. */
  readonly dims: readonly (Dim | `${Dim}+1` | number)[];
}

/** The array that a reference sees for an operand: float64 for "f32". */
export type ReferenceArray<T extends DType> = T extends "u32" ? Uint32Array : Float64Array;

/**
 * A kernel: a name, its operands, and its float64 reference, the plainest loop that is right.
 *
 * `Types` maps operand names to element types, `Dim` lists the dimension letters, `Constants` are the
 * numbers and kinds that are fixed when a program is recorded.
 */
export interface Kernel<
  Types extends Record<string, DType>,
  Dim extends string,
  Constants extends object,
> {
  /** The name, the same in every backend. */
  readonly id: string;
  /** The operands by name. */
  readonly operands: { readonly [Name in keyof Types]: Operand<Types[Name], Dim> };
  /** The definition. `arrays` are row-major; `dims` gives each letter's size. */
  reference(
    arrays: { readonly [Name in keyof Types]: ReferenceArray<Types[Name]> },
    dims: Readonly<Record<Dim, number>>,
    constants: Constants,
  ): void;
}

/** A kernel whose operands are not known to the type checker: what backends' tables hold. */
// deno-lint-ignore no-explicit-any -- operands are contravariant, so only `any` covers every kernel
export type AnyKernel = Kernel<any, any, any>;

/** Numbers on a backend. Whoever made it disposes it. */
export interface Tensor extends Disposable {
  /** Element type. */
  readonly dtype: DType;
  /** Shape, outermost dimension first; row-major without gaps. */
  readonly shape: readonly number[];
}

/** What a tensor reads back as. The reference backend computes in float64 and gives float64. */
export type Values = Float32Array | Float64Array | Uint32Array;

/** Takes the commands of a program, in order. */
export interface Recorder {
  /** Runs a kernel. Operands are checked here, once. A tensor may appear only once per kernel. */
  run<Types extends Record<string, DType>, Dim extends string, Constants extends object>(
    kernel: Kernel<Types, Dim, Constants>,
    operands: { readonly [Name in keyof Types]: Tensor },
    constants: Constants,
  ): void;
  /** Copies all of `from` to `to`; both have the same dtype and element count. */
  copy(from: Tensor, to: Tensor): void;
  /**
   * Runs one of two recordings, by a u32 tensor of one element as it stands when the branch is
   * reached. A backend that can wait for the flag records a side when it is first taken, so tensors
   * that only one side needs may be made inside it.
   */
  branch(flag: Tensor, zero: (r: Recorder) => void, nonzero: (r: Recorder) => void): void;
}

/** A recorded list of commands, ready to be submitted any number of times. */
export interface Program extends Disposable {
  /** How many commands were recorded at the top level. */
  readonly length: number;
}

/** A place where kernels run. Asynchronous only at its edges: create, record, read, idle. */
export interface Backend extends Disposable {
  /** "reference", "wasm" or "webgpu". */
  readonly name: string;
  /** What runs, in words: "relaxed SIMD, 2 threads". */
  readonly description: string;
  /** Bytes held by living tensors. */
  readonly allocatedBytes: number;
  /** Makes a tensor filled with zeros. */
  tensor(dtype: DType, shape: readonly number[]): Tensor;
  /** The first elements of a tensor under another shape, sharing its memory. */
  view(tensor: Tensor, shape: readonly number[]): Tensor;
  /** Sets every element. Ordered with `submit`. */
  write(tensor: Tensor, data: ArrayLike<number>): void;
  /** Reads every element, after all that was submitted before. */
  read(tensor: Tensor): Promise<Values>;
  /** Records a program. */
  record(body: (r: Recorder) => void): Promise<Program>;
  /** Runs a program. Synchronous and ordered: a later `write` or `submit` sees its results. */
  submit(program: Program): void;
  /** Waits for all that was submitted. */
  idle(): Promise<void>;
}
