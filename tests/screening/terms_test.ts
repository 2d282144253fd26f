/** Every term of the bound is needed: without it, some active latent is excluded. */

import { assert, assertEquals } from "@std/assert";
import type { Backend } from "../../kernels/kernel.ts";
import { createBackend, Random } from "../../mod.ts";
import { portableBackends } from "../backends.ts";
import {
  type Bounds,
  encodeBoth,
  type EncodeOptions,
  LATENT_BOUNDS,
  ROW_BOUNDS,
} from "./encodes.ts";
import { lastBitsProblem, overflowProblem } from "./extremes.ts";
import { aimedPair, finePair, roundedPair } from "./pairs.ts";
import type { Problem } from "./problem.ts";
import { aimedProblem, type Plan, rankedProblem, SCREENED } from "./problems.ts";
import { difference } from "./tensors.ts";

/** More than any of these tests needs to find an example. */
const MOST_PROBLEMS = 200;

function* problemsOf(pair: Plan["pair"], d: number): Generator<Problem> {
  for (let seed = 1; seed <= MOST_PROBLEMS; seed++) {
    const plan = { selection: SCREENED[seed % SCREENED.length], B: 3, d, N: 384, aimed: 24, pair };
    yield aimedProblem(Random.fromSeed(seed), plan);
  }
}

/** Makes sure that one of the problems has other codes with screening on `broken`, but not on `right`. */
async function assertCaught(
  problems: Iterable<Problem>,
  [right, broken]: readonly [Backend, Backend],
  options: EncodeOptions = {},
): Promise<void> {
  for (const problem of problems) {
    const found = await encodeBoth(broken, problem, options);
    if (difference(found.screened, found.plain) === undefined) continue;
    const { screened, plain } = await encodeBoth(right, problem, { ...options, tamper: undefined });
    assertEquals(difference(screened, plain), undefined);
    return;
  }
  throw new Error("no active latent has been excluded");
}

/** Clears one of the bounds of every row or latent. */
function clear(side: keyof Bounds, column: number): (bounds: Bounds) => void {
  const step = side === "row" ? ROW_BOUNDS : LATENT_BOUNDS;
  return (bounds) => {
    const values = bounds[side];
    for (let e = column; e < values.length; e += step) values[e] = 0;
  };
}

const COLUMNS: readonly [string, keyof Bounds, number, Plan["pair"], number][] = [
  ["‖x‖, which is only there for rounding", "row", 1, roundedPair, 512],
  ["‖x − x̂‖", "row", 2, aimedPair, 64],
  ["‖x̂‖", "row", 3, aimedPair, 64],
  ["‖x − x̂′‖, which is that of both digits", "row", 4, finePair, 64],
  ["‖E‖", "latent", 1, aimedPair, 64],
  ["‖E − Ê‖", "latent", 2, aimedPair, 64],
];

/** Bounds from below, from which the top-k selections get their first thresholds, need the same terms. */
const RANKED_COLUMNS: readonly [string, keyof Bounds, number][] = [
  ["‖x − x̂‖", "row", 2],
  ["‖x̂‖", "row", 3],
  ["‖E‖", "latent", 1],
  ["‖E − Ê‖", "latent", 2],
];

function* rankedProblems(): Generator<Problem> {
  for (let seed = 1; seed <= MOST_PROBLEMS; seed++) {
    yield rankedProblem(Random.fromSeed(seed), { d: 64, N: 384, pair: aimedPair });
  }
}

const VECTORS = portableBackends.filter(({ name }) => /^wasm (simd|relaxed)$/.test(name));

for (const { name, create } of VECTORS) {
  for (const [title, side, column, pair, d] of COLUMNS) {
    Deno.test(`${name}: a bound without ${title} excludes an active latent`, async () => {
      using backend = await create();
      const tamper = clear(side, column);
      await assertCaught(problemsOf(pair, d), [backend, backend], { tamper });
    });
  }

  for (const [title, side, column] of RANKED_COLUMNS) {
    Deno.test(`${name}: thresholds without ${title} are too high`, async () => {
      using backend = await create();
      const tamper = clear(side, column);
      await assertCaught(rankedProblems(), [backend, backend], { tamper });
    });
  }
}

/** A constant in the binary: float64 or float32. */
interface Constant {
  readonly bits: 32 | 64;
  readonly value: number;
}

/** Returns the instruction that puts a constant on the stack. */
function instruction({ bits, value }: Constant): Uint8Array {
  const bytes = new Uint8Array(1 + bits / 8), view = new DataView(bytes.buffer);
  bytes[0] = bits === 64 ? 0x44 : 0x43;
  if (bits === 64) view.setFloat64(1, value, true);
  else view.setFloat32(1, value, true);
  return bytes;
}

/** Makes a backend of the SIMD tier in which constants have another value. */
async function backendWith(constants: readonly Constant[], value: number): Promise<Backend> {
  const binary = new URL("../../wasm/generated/simd.wasm", import.meta.url);
  const bytes = Uint8Array.from(await Deno.readFile(binary));
  for (const constant of constants) {
    const from = instruction(constant), to = instruction({ ...constant, value });
    let places = 0;
    for (let at = 0; at + from.length <= bytes.length; at++) {
      if (!from.every((byte, n) => bytes[at + n] === byte)) continue;
      bytes.set(to, at);
      places++;
    }
    assert(places > 0, `the binary has no constant ${constant.value}`);
  }
  const modules = { simd: new WebAssembly.Module(bytes) };
  return await createBackend("wasm", { tier: "simd", modules });
}

const tiny: Plan["pair"] = (random, d) => {
  const { x, E } = aimedPair(random, d);
  return { x: x.map((value) => value * 2 ** -78), E };
};

/** A part of the bound that constants of the kernel make, and problems of which one must need it. */
interface Part {
  readonly title: string;
  readonly constants: readonly Constant[];
  /** The value without effect. */
  readonly none: number;
  readonly problems: () => Iterable<Problem>;
  readonly options?: EncodeOptions;
}

const PARTS: readonly Part[] = [
  {
    title: "what sums in float32 round",
    constants: [{ bits: 64, value: 2 ** -24 }],
    none: 0,
    problems: () => problemsOf(roundedPair, 512),
  },
  {
    title: "what squares lose to underflow",
    constants: [{ bits: 64, value: 2 ** -73 }],
    none: 0,
    problems: () => problemsOf(tiny, 64),
  },
  {
    title: "what factors lose to underflow",
    constants: [{ bits: 64, value: 2 ** -60 }],
    none: 0,
    problems: () => [lastBitsProblem.problem],
    options: { stored: lastBitsProblem.stored },
  },
  {
    title: "a limit of |b|",
    constants: [{ bits: 64, value: 2 ** 126 }],
    none: Infinity,
    problems: () => [overflowProblem("bias")],
  },
  {
    // The cut of P alone excludes so little of such a row that the limit of ‖x‖ is not needed beside it.
    title: "limits of ‖x‖ and P",
    constants: [{ bits: 32, value: 2 ** 62 }, { bits: 64, value: 2 ** 40 }],
    none: Infinity,
    problems: () => [overflowProblem("norm")],
  },
];

for (const { title, constants, none, problems, options } of PARTS) {
  Deno.test(`a bound without ${title} excludes an active latent`, async () => {
    using right = await createBackend("wasm", { tier: "simd" });
    using broken = await backendWith(constants, none);
    await assertCaught(problems(), [right, broken], options);
  });
}
