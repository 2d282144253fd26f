/** The conformance suite itself: it must catch wrong kernels. */

import type { AnyKernel, Operand } from "../../kernels/kernel.ts";
import { elementCount } from "../../kernels/shapes.ts";
import { cases, recipeCases, screeningCases, storedCases } from "./cases.ts";
import { type Fault, FaultyBackend } from "./faulty_backend.ts";
import {
  type KernelCases,
  operandShapes,
  prepare,
  type PreparedLaunch,
  UNWRITTEN,
} from "./launch.ts";
import { complaints, describe, execute } from "./run_launch.ts";
import { assertNone, newRandom } from "./seed.ts";

const random = newRandom();

interface Setting {
  readonly each: KernelCases<AnyKernel>;
  readonly launch: PreparedLaunch<AnyKernel>;
  readonly operands: [string, Operand][];
}

/** Yields all small launches of all kernels. */
function* smallLaunches(): Generator<Setting> {
  const all = { ...cases, ...recipeCases, ...screeningCases, ...storedCases };
  for (const each of Object.values(all) as KernelCases<AnyKernel>[]) {
    for (const launch of each.launches(random)) {
      const shapes = Object.values(operandShapes(each.kernel, launch.dims));
      if (Math.max(...shapes.map(elementCount)) > 2000) continue;
      const operands = Object.entries(each.kernel.operands) as [string, Operand][];
      const prepared = prepare(each.kernel, launch);
      yield { each, launch: each.settle?.(prepared, prepared.expected) ?? prepared, operands };
    }
  }
}

async function complaintsWith(fault: Fault, { each, launch }: Setting): Promise<string[]> {
  using backend = new FaultyBackend(fault);
  const [outcome] = await execute(backend, each.kernel, launch);
  return complaints(each, launch, outcome);
}

function pick<T>(list: readonly T[]): T {
  return list[random.integer(list.length)];
}

/** Picks a specified element of an output, or null if there is none. */
function someOutput(
  { each, launch, operands }: Setting,
  access: string[],
): [string, number] | null {
  const specified: Record<string, number | undefined> = each.specified?.(launch) ?? {};
  const outputs = operands.flatMap(([name, operand]) => {
    const count = specified[name] ?? launch.expected[name].length;
    return access.includes(operand.access) && count > 0 ? [{ name, count }] : [];
  });
  if (outputs.length === 0) return null;
  const { name, count } = pick(outputs);
  return [name, random.integer(count)];
}

/** Returns the next float32 of larger magnitude. */
function nextFloat(value: number): number {
  const float = Float32Array.of(value);
  const bits = new Uint32Array(float.buffer);
  if (value === 0) bits[0] = 1;
  else bits[0] += value > 0 ? 1 : -1;
  return float[0];
}

function describeFault({ each, launch }: Setting, [name, e]: [string, number]): string {
  return `${name}[${e}] of ${describe(each.kernel, launch)}`;
}

Deno.test("the suite finds an element with twice the permitted error", async () => {
  const missed: string[] = [];
  for (const setting of smallLaunches()) {
    const { each, launch } = setting;
    const place = someOutput(setting, ["write", "update"])!;
    const [name, e] = place;
    const expected = launch.expected[name][e];
    if (!Number.isFinite(expected)) continue;
    const tolerance = each.tolerance(launch)[name]?.(e) ?? 0;
    const found = await complaintsWith((arrays, run) => {
      run();
      const isWhole = arrays[name] instanceof Uint32Array;
      // Not the lowest bit: of two quantised values next to each other both may be permitted.
      if (isWhole) arrays[name][e] ^= 2;
      else arrays[name][e] = tolerance > 0 ? expected + 2 * tolerance : nextFloat(expected);
    }, setting);
    if (!found.some((text) => text.startsWith(`${name}[${e}] is `))) {
      missed.push(describeFault(setting, place));
    }
  }
  assertNone(missed);
});

Deno.test("the suite finds an element that the kernel did not write", async () => {
  const missed: string[] = [];
  for (const setting of smallLaunches()) {
    const place = someOutput(setting, ["write"]);
    if (place === null) continue;
    const [name, e] = place;
    if (!Number.isFinite(setting.launch.expected[name][e])) continue;
    const found = await complaintsWith((arrays, run) => {
      run();
      arrays[name][e] = arrays[name] instanceof Uint32Array ? UNWRITTEN.u32 : UNWRITTEN.f32;
    }, setting);
    if (!found.some((text) => text.startsWith(`${name}[${e}] is `))) {
      missed.push(describeFault(setting, place));
    }
  }
  assertNone(missed);
});

Deno.test("the suite finds a write past the end of an operand", async () => {
  const missed: string[] = [];
  for (const setting of smallLaunches()) {
    const [name] = pick(setting.operands);
    const { length } = setting.launch.inputs[name];
    const found = await complaintsWith((arrays, run) => {
      run();
      const { buffer, byteOffset } = arrays[name];
      if (arrays[name] instanceof Uint32Array) new Uint32Array(buffer, byteOffset)[length] = 0;
      else new Float64Array(buffer, byteOffset)[length] = 0;
    }, setting);
    if (!found.some((text) => text.startsWith(`${name}[${length}] is written`))) {
      missed.push(describeFault(setting, [name, length]));
    }
  }
  assertNone(missed);
});

Deno.test("the suite finds a change to a read-only operand", async () => {
  const missed: string[] = [];
  for (const setting of smallLaunches()) {
    const read = setting.operands.filter(([, { access }]) => access === "read");
    if (read.length === 0) continue;
    const [name] = pick(read);
    const e = random.integer(setting.launch.inputs[name].length);
    const found = await complaintsWith((arrays, run) => {
      run();
      arrays[name][e] = arrays[name][e] === 0 ? 1 : 0;
    }, setting);
    if (!found.some((text) => text.startsWith(`${name}[${e}] is read-only`))) {
      missed.push(describeFault(setting, [name, e]));
    }
  }
  assertNone(missed);
});

/** Operands that kernels only compare with, so that a small change may make no difference. */
const COMPARED = [
  ...["encode", "encodeSparse", "encodeScreened", "encodeStored"].map((id) => `${id} threshold`),
  "jump threshold",
  "activeCodes threshold",
  "targetL0Penalty threshold",
  "thresholdGradient latentValues",
  "denseThresholdGradient preActivations",
  "sparsityController l0",
];

/** Operands that decide only how much is computed: the reference does not read them. */
const HINTS = ["quantizedRows", "rowBounds", "quantizedLatents", "latentBounds"];

function misread(array: Float64Array | Uint32Array, e: number, compared: boolean): void {
  if (array instanceof Uint32Array) array[e] = array[e] > 0 ? array[e] - 1 : 1;
  else if (compared) array[e] += 100;
  else array[e] = array[e] === 0 ? 0.01 : array[e] * 1.01;
}

Deno.test("the suite finds a kernel that misreads one element of any operand by 1 %", async () => {
  const timesFound = new Map<string, number>();
  for (const setting of smallLaunches()) {
    const { each, launch, operands } = setting;
    for (const [name, { access }] of operands) {
      const key = `${each.kernel.id} ${name}`;
      const times = timesFound.get(key) ?? 0;
      if (access === "write" || times >= 5 || HINTS.includes(name)) continue;
      timesFound.set(key, times);
      const { length } = launch.inputs[name];
      for (const e of new Set([0, random.integer(length), length - 1])) {
        const found = await complaintsWith((arrays, run) => {
          const right = arrays[name].slice();
          misread(arrays[name], e, COMPARED.includes(key));
          try {
            run();
          } catch {
            // A misread position may lie outside its array: then the outputs stay unwritten.
          }
          if (access === "read") arrays[name].set(right);
        }, setting);
        if (found.length > 0) timesFound.set(key, timesFound.get(key)! + 1);
      }
    }
  }
  const never = [...timesFound].filter(([, times]) => times === 0).map(([key]) => key);
  assertNone(never.map((key) => `${key} can be misread without a complaint`));
});
