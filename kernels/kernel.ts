/**
 * The kernel contract: what a kernel declares, and what a backend offers. Types only.
 *
 * The equations of the specs use the letters of the paper:
 *
 *     sizes          B rows, d inputs, N latents, P prefixes, K codes
 *     indices        b a row, k an input, i a latent, j or m a prefix, m(i) the shortest prefix with i in it
 *     parameters     E encoder, b its bias, D decoder, c its bias, θ thresholds of jumprelu
 *     values         x input, f activations, n decoder row norms, e residuals, G reverse sums of residuals
 *     the loss       p prefix bounds, w prefix weights, φ penalty, λ its coefficient, SE squared error,
 *                    S sparsity, L0 active latents per row
 *     gradients      ∂E is the gradient of the loss with respect to E, and so on
 *
 * @module
 */

/** Element type of a tensor. */
export type DType = "f32" | "u32";

/**
 * How a kernel uses an operand: "read" leaves it unchanged, "write" sets every element and ignores what
 * was there, "update" reads and writes.
 */
export type Access = "read" | "write" | "update";

/** One operand of a kernel. Each dimension is a letter (`"B"`), a letter plus one (`"B+1"`) or a number. */
export interface Operand<T extends DType = DType, Dim extends string = string> {
  /** How the kernel uses the operand. */
  readonly access: Access;
  /** Element type. */
  readonly dtype: T;
  /** Shape, outermost dimension first. */
  readonly dims: readonly (Dim | `${Dim}+1` | number)[];
}

/** The array that a reference receives for an operand: float64 for "f32". */
export type ReferenceArray<T extends DType> = T extends "u32" ? Uint32Array : Float64Array;

/**
 * A kernel: a name, its operands, and its float64 reference, the plainest correct loop.
 *
 * `Types` maps operand names to element types, `Dim` lists the dimension letters, and `Constants` holds
 * the numbers and choices that are fixed when a program is recorded.
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
  /** Computes the outputs. `arrays` are row-major; `dims` gives the size of each letter. */
  reference(
    arrays: { readonly [Name in keyof Types]: ReferenceArray<Types[Name]> },
    dims: Readonly<Record<Dim, number>>,
    constants: Constants,
  ): void;
}

/** Any kernel, for code that treats all kernels alike. */
// deno-lint-ignore no-explicit-any -- operands are contravariant, so only `any` covers every kernel
export type AnyKernel = Kernel<any, any, any>;

/** An array on a backend. Whoever made it disposes it. */
export interface Tensor extends Disposable {
  /** Element type. */
  readonly dtype: DType;
  /** Shape, outermost dimension first; row-major without gaps. */
  readonly shape: readonly number[];
}

/** The values read from a tensor. The reference backend computes in float64 and returns float64. */
export type Values = Float32Array | Float64Array | Uint32Array;

/** Records the commands of a program, in order. */
export interface Recorder {
  /** Records a kernel. Operands are checked here, once. A tensor may appear only once per kernel. */
  run<Types extends Record<string, DType>, Dim extends string, Constants extends object>(
    kernel: Kernel<Types, Dim, Constants>,
    operands: { readonly [Name in keyof Types]: Tensor },
    constants: Constants,
  ): void;
  /** Records a copy of all of `from` to `to`; both have the same dtype and element count. */
  copy(from: Tensor, to: Tensor): void;
  /**
   * Makes a tensor that only the following commands of this recording may use: those of the program, or of one side of
   * a branch. Its elements are undefined until a command sets them, and lost when the program ends. The program owns
   * it, so that temporaries whose contents are never needed at once may share memory.
   *
   * @throws {RangeError} if a size is not a positive integer.
   */
  temporary(dtype: DType, shape: readonly number[]): Tensor;
  /**
   * Records a choice between two recordings. `flag` is a u32 tensor of one element, read when the branch
   * is reached. A backend that can wait for the flag records a side when it is first taken, so a side
   * may make the tensors that only it needs.
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
  /** A description for people: "relaxed SIMD, 2 threads". */
  readonly description: string;
  /** Bytes held by living tensors. */
  readonly allocatedBytes: number;
  /**
   * Whether there are kernels that screen (`encodeScreened` and its companions), and whether they are faster here than
   * `encodeSparse`. Absent without them.
   */
  readonly screening?: "faster" | "slower";
  /** The selections that are screened where that is faster; all but "identity" if absent. */
  readonly screenedSelections?: readonly string[];
  /** Whether there are kernels that take weights in the type of their file (`encodeStored` and its companions). */
  readonly storedWeights?: true;
  /** Makes a tensor filled with zeros. */
  tensor(dtype: DType, shape: readonly number[]): Tensor;
  /** Returns the first elements of a tensor under another shape, sharing its memory. */
  view(tensor: Tensor, shape: readonly number[]): Tensor;
  /** Sets every element. Ordered with `submit`. */
  write(tensor: Tensor, data: ArrayLike<number>): void;
  /** Reads every element, after everything submitted before. */
  read(tensor: Tensor): Promise<Values>;
  /**
   * Returns the elements of a tensor themselves, not a copy, where the host can reach them: on the reference and WASM
   * backends. They are valid until a tensor is made or disposed. Absent where the host cannot.
   */
  memory?(tensor: Tensor): Values;
  /** Records a program. */
  record(body: (r: Recorder) => void): Promise<Program>;
  /** Runs a program. Synchronous and ordered: a later `write` or `submit` sees its results. */
  submit(program: Program): void;
  /** Waits for everything submitted. */
  idle(): Promise<void>;
}
