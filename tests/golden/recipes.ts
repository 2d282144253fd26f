/** Reads the recorded training runs of other libraries' published trainers, in float64 for float32 inputs. */
import { readGolden } from "./golden.ts";

/** Nested rows of numbers. */
type Rows = number | readonly Rows[];

/** One tensor of a recording. */
interface RecordedTensor {
  readonly shape: readonly number[];
  readonly data: Rows;
}

/** The figures of one step, as the library reports them. */
export interface RecordedStep {
  readonly loss: number;
  readonly l0: number;
  readonly learningRate: number;
  readonly reconstructionLoss: number;
  readonly gradientNorm?: number;
  readonly auxLoss?: number | null;
  readonly threshold?: number;
  readonly dead?: number;
  readonly k?: number;
}

/** One recorded training run of a published trainer. */
export interface RecordedRecipe {
  readonly name: string;
  readonly library: string;
  readonly rows: number;
  readonly inputSize: number;
  readonly latentCount: number;
  readonly stepCount: number;
  /** The options by the library's names. */
  readonly options: Readonly<Record<string, number & boolean & string & number[]>>;
  /** The library's name of each of our tensors, and whether it is to be transposed. */
  readonly layout: Readonly<Record<string, readonly [string, "transpose"?]>>;
  readonly initial: Readonly<Record<string, RecordedTensor>>;
  readonly final: Readonly<Record<string, RecordedTensor>>;
  readonly batches: readonly Rows[];
  readonly steps: readonly RecordedStep[];
}

/** Reads the fifteen recorded runs. */
export async function recordedRecipes(): Promise<readonly RecordedRecipe[]> {
  return (await readGolden<{ runs: readonly RecordedRecipe[] }>("recipes.json.gz")).runs;
}

/** Returns the elements of nested rows, in order. */
export function elementsOf(rows: Rows): number[] {
  return typeof rows === "number" ? [rows] : rows.flatMap(elementsOf);
}

/** Returns one of our tensors of a recording, latent-major; undefined if the library has none. */
export function tensorOf(
  { layout, ...run }: RecordedRecipe,
  when: "initial" | "final",
  name: string,
): Float64Array | undefined {
  if (layout[name] === undefined) return undefined;
  const [theirs, order] = layout[name];
  const { shape: [rows, columns], data } = run[when][theirs];
  const values = elementsOf(data);
  if (order === undefined) return Float64Array.from(values);
  return Float64Array.from(
    values,
    (_, n) => values[n % rows * columns + Math.floor(n / rows)],
  );
}
