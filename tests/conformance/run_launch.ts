/**
 * Runs a launch on a backend and lists what is wrong with the outcome.
 *
 * @module
 */
import type { AnyKernel, Backend, DType, Tensor } from "../../kernels/kernel.ts";
import { elementCount } from "../../kernels/shapes.ts";
import {
  type Got,
  type KernelCases,
  type Launch,
  operandShapes,
  prepare,
  type PreparedLaunch,
} from "./launch.ts";

/** The guard after every operand, which a launch must leave unchanged. */
const GUARD: Record<DType, number> = { f32: -12345.5, u32: 0xfacade };

/** Elements of a guard: one row of the widest tile. */
export const GUARD_LENGTH = 64;

/** The values of each operand after a run, its guard included. */
type Outcome = Map<string, ArrayLike<number>>;

interface GuardedOperand {
  /** The tensor of the operand and its guard. */
  readonly base: Tensor;
  /** The operand alone. */
  readonly view: Tensor;
  /** The values of both before a run. */
  readonly data: number[];
}

/**
 * Runs a launch `times` times, from the same inputs, as one program.
 *
 * Every operand is a view of a longer tensor, whose other elements are its guard. The tensors are
 * allocated one after the other, so each guard also protects the start of the next operand.
 */
export async function execute<K extends AnyKernel>(
  backend: Backend,
  kernel: K,
  { inputs, dims, constants }: PreparedLaunch<K>,
  times = 1,
): Promise<Outcome[]> {
  using stack = new DisposableStack();
  const shapes = operandShapes(kernel, dims);
  const operands = new Map<string, GuardedOperand>();
  const guardOf = (dtype: DType) => Array(GUARD_LENGTH).fill(GUARD[dtype]);
  const first = stack.use(backend.tensor("u32", [GUARD_LENGTH]));
  operands.set("the guard before the operands", { base: first, view: first, data: guardOf("u32") });
  for (const [name, { dtype }] of Object.entries(kernel.operands) as [string, { dtype: DType }][]) {
    const values = inputs[name as keyof typeof inputs] as ArrayLike<number>;
    const base = stack.use(backend.tensor(dtype, [elementCount(shapes[name]) + GUARD_LENGTH]));
    const view = stack.use(backend.view(base, shapes[name]));
    operands.set(name, { base, view, data: [...Array.from(values), ...guardOf(dtype)] });
  }
  const views = Object.fromEntries(
    Object.keys(kernel.operands).map((name) => [name, operands.get(name)!.view]),
  );
  const program = stack.use(
    await backend.record((r) => r.run(kernel as AnyKernel, views, constants)),
  );
  const outcomes: Outcome[] = [];
  for (let time = 0; time < times; time++) {
    for (const { base, data } of operands.values()) backend.write(base, data);
    backend.submit(program);
    // All at once: on some platforms any number of simultaneous reads costs as many milliseconds as one.
    const reads = [...operands].map(async ([name, { base }]) => {
      return [name, await backend.read(base)] as const;
    });
    outcomes.push(new Map(await Promise.all(reads)));
  }
  return outcomes;
}

/** Lists what is wrong with an outcome: at most one complaint of each kind per operand. */
export function complaints<K extends AnyKernel>(
  cases: KernelCases<K>,
  prepared: PreparedLaunch<K>,
  outcome: Outcome,
): string[] {
  const found: string[] = [];
  const launch = cases.settle?.(prepared, Object.fromEntries(outcome) as Got<K>) ?? prepared;
  const tolerances: Record<string, ((e: number) => number) | undefined> = cases.tolerance(launch);
  const specified: Record<string, number | undefined> = cases.specified?.(launch) ?? {};
  for (const [name, values] of outcome) {
    const count = values.length - GUARD_LENGTH;
    const operand = cases.kernel.operands[name];
    const dtype: DType = operand?.dtype ?? "u32";
    const before = launch.inputs[name as keyof typeof launch.inputs] as ArrayLike<number>;
    const expected = launch.expected[name as keyof typeof launch.expected] as ArrayLike<number>;

    const complain = (e: number, text: string) => found.push(`${name}[${e}] ${text}`);
    for (let e = Math.max(count, 0); e < values.length; e++) {
      if (values[e] === GUARD[dtype]) continue;
      complain(e, `is written, ${e - count + 1} past the end (${count} elements)`);
      break;
    }
    for (let e = 0; operand?.access === "read" && e < count; e++) {
      if (Object.is(values[e], before[e])) continue;
      complain(e, `is read-only and was ${before[e]} but is ${values[e]}`);
      break;
    }
    if (operand === undefined || operand.access === "read") continue;
    for (let e = 0; e < (specified[name] ?? count); e++) {
      const tolerance = dtype === "u32" ? 0 : tolerances[name]?.(e) ?? 0;
      if (isWithin(values[e], expected[e], tolerance)) continue;
      complain(e, `is ${values[e]} but must be ${expected[e]} ± ${tolerance}`);
      break;
    }
  }
  return found;
}

/** Whether a result is within its tolerance. All numbers that are not finite count as equal. */
function isWithin(got: number, expected: number, tolerance: number): boolean {
  if (!Number.isFinite(expected)) return !Number.isFinite(got);
  return Math.abs(got - expected) <= tolerance;
}

/** Runs a launch and lists complaints that identify the launch and the backend. */
export async function runLaunch<K extends AnyKernel>(
  backend: Backend,
  cases: KernelCases<K>,
  launch: Launch<K>,
): Promise<string[]> {
  const prepared = prepare(cases.kernel, launch);
  const [outcome] = await execute(backend, cases.kernel, prepared);
  return complaints(cases, prepared, outcome).map((complaint) =>
    `${complaint}\n    ${
      describe(cases.kernel, prepared)
    } on ${backend.name} (${backend.description})`
  );
}

/** Describes a launch. */
export function describe<K extends AnyKernel>(
  kernel: K,
  { title, dims, constants }: PreparedLaunch<K>,
): string {
  const words = Object.entries({ ...dims, ...constants }).map(([name, value]) =>
    `${name} ${value}`
  );
  return `${kernel.id}, ${[...words, title].filter((word) => word !== "").join(", ")}`;
}
