/** Threads of the backend give the same bits as one thread; the process and the parameters outlive them. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { adam } from "../../kernels/adam.ts";
import type { AnyKernel } from "../../kernels/kernel.ts";
import {
  createBackend,
  Random,
  type SaeParameters,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { WasmBackend } from "../../wasm/backend.ts";
import type { WasmTier } from "../../wasm/tiers.ts";
import { cases } from "../conformance/cases.ts";
import { type KernelCases, prepare } from "../conformance/launch.ts";
import { describe, execute } from "../conformance/run_launch.ts";
import { assertNone, newRandom } from "../conformance/seed.ts";
import { createWithWorkers, SILENT, type WatchedWorker } from "./watched_workers.ts";

Deno.test("the description names the tier and the threads", async () => {
  const expected: [WasmTier | undefined, number | undefined, string][] = [
    [undefined, undefined, "relaxed SIMD"],
    ["relaxed", 1, "relaxed SIMD"],
    ["simd", undefined, "SIMD"],
    ["scalar", undefined, "scalar"],
    [undefined, 2, "relaxed SIMD, 2 threads"],
    ["simd", 3, "SIMD, 3 threads"],
  ];
  for (const [tier, threads, description] of expected) {
    using backend = await createBackend("wasm", { tier, threads });
    assertEquals([backend.name, backend.description], ["wasm", description]);
  }
  using auto = await createBackend();
  assertEquals([auto.name, auto.description], ["wasm", "relaxed SIMD"]);
  using all = await createBackend("auto", { threads: "auto" });
  const cores = Math.min(navigator.hardwareConcurrency, 8);
  assertEquals(all.description, `relaxed SIMD${cores > 1 ? `, ${cores} threads` : ""}`);
});

Deno.test("unknown options are errors that name them", async () => {
  await assertRejects(
    () => createBackend("wasm", { tier: "avx" as WasmTier }),
    TypeError,
    'tier must be one of "relaxed", "simd", "scalar" but is "avx"',
  );
  for (const threads of [0, -1, 1.5, NaN, 65]) {
    await assertRejects(() => createBackend("wasm", { threads }), RangeError, `but is ${threads}`);
  }
  await assertRejects(
    () => createBackend("wasm", { tier: "scalar", threads: 2 }),
    TypeError,
    "does not support the scalar tier with threads",
  );
  await assertRejects(() => createBackend("reference", { threads: 2 }), TypeError, "threads");
  using scalar = await createBackend("wasm", { tier: "scalar", threads: "auto" });
  assertEquals(scalar.description, "scalar");
});

Deno.test("without shared memory, two threads are an error and automatic threads are one", async () => {
  const { SharedArrayBuffer } = globalThis;
  // @ts-expect-error -- as in a page that is not cross-origin isolated
  delete globalThis.SharedArrayBuffer;
  try {
    await assertRejects(
      () => createBackend("wasm", { threads: 2 }),
      TypeError,
      "Cannot start 2 threads: there is no shared memory",
    );
    using backend = await createBackend("wasm", { threads: "auto" });
    assertEquals(backend.description, "relaxed SIMD");
  } finally {
    globalThis.SharedArrayBuffer = SharedArrayBuffer;
  }
});

for (const tier of ["simd", "relaxed"] as const) {
  Deno.test(`${tier}: every kernel gives the same bits on 1, 2 and 3 threads`, async () => {
    using one = await WasmBackend.create({ tier });
    using two = await WasmBackend.create({ tier, threads: 2 });
    using three = await WasmBackend.create({ tier, threads: 3 });
    const found: string[] = [];
    for (const each of Object.values(cases) as KernelCases<AnyKernel>[]) {
      for (const launch of each.launches(newRandom())) {
        const prepared = prepare(each.kernel, launch);
        const specified: Record<string, number | undefined> = each.specified?.(prepared) ?? {};
        const [expected] = await execute(one, each.kernel, prepared);
        for (const backend of [two, three]) {
          const [got] = await execute(backend, each.kernel, prepared);
          for (const [name, values] of expected) {
            const end = specified[name] ?? values.length, others = got.get(name)!;
            for (let e = 0; e < end; e++) {
              if (Object.is(values[e], others[e])) continue;
              found.push(
                `${name}[${e}] is ${others[e]} with ${backend.description} but ${
                  values[e]
                } with one ` +
                  `thread: ${describe(each.kernel, prepared)}`,
              );
              break;
            }
          }
        }
      }
    }
    assertNone(found);
  });
}

const TRAINING: TrainerOptions = {
  inputSize: 48,
  latentCount: 700,
  steps: 12,
  targetL0: 20,
  seed: 5,
};

function batchOf(random: Random): Float32Array {
  return Float32Array.from({ length: 96 * 48 }, () => random.normal());
}

Deno.test("training gives the same parameters on 1, 2 and 3 threads", async () => {
  const outcomes: { bits: Uint32Array; metrics: StepMetrics }[] = [];
  for (const threads of [1, 2, 3]) {
    using backend = await createBackend("wasm", { threads });
    using trainer = await Trainer.create(backend, TRAINING);
    const random = Random.fromSeed(3);
    for (let step = 0; step < 12; step++) await trainer.step(batchOf(random));
    outcomes.push({ bits: bitsOf(await trainer.parameters()), metrics: await trainer.metrics() });
  }
  assert(outcomes[0].metrics.l0 > 0);
  for (const { bits, metrics } of outcomes.slice(1)) {
    assertEquals(metrics, outcomes[0].metrics);
    assert(bits.every((word, e) => word === outcomes[0].bits[e]), "the parameters differ");
  }
});

/** Returns the bits of all parameters. */
function bitsOf({ encoder, encoderBias, decoder, decoderBias }: SaeParameters): Uint32Array {
  const all = [encoder, encoderBias, decoder, decoderBias].flatMap((values) => Array.from(values));
  return new Uint32Array(Float32Array.from(all).buffer);
}

const ENDS: Record<string, [end: (worker: WatchedWorker) => void, message: RegExp]> = {
  "is terminated": [
    (worker) => worker.terminate(),
    /^Cannot finish the program: thread \d of 3 has ended; nothing was updated$/,
  ],
  "falls silent": [
    ({ control }) => Atomics.store(new Int32Array(control!), SILENT, 2),
    /^Cannot finish the program: thread 2 of 3 does not answer; nothing was updated$/,
  ],
};

for (const [what, [end, message]] of Object.entries(ENDS)) {
  Deno.test(`a worker that ${what} ends the step, and nothing is updated`, async () => {
    const [backend, workers] = await createWithWorkers(3);
    using _ = backend;
    using trainer = await Trainer.create(backend, TRAINING);
    const random = Random.fromSeed(3);
    for (let step = 0; step < 3; step++) await trainer.step(batchOf(random));
    const before = bitsOf(await trainer.parameters());
    end(workers[1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begin = performance.now();
    const step = async () => void await trainer.step(batchOf(random));
    const error = await assertRejects(step);
    assertInstanceOf(error, Error);
    assertMatch(error.message, message);
    assert(performance.now() - begin < 20_000);
    const after = bitsOf(await trainer.parameters());
    assert(after.every((word, e) => word === before[e]), "parameters have changed");
    const again = await assertRejects(step);
    assertMatch(
      (again as Error).message,
      /^Cannot submit a program: the backend broke when an earlier one failed/,
    );
  });
}

Deno.test("the error of a program that ends in a trap names the kernels that had updated", async () => {
  using backend = await WasmBackend.create();
  using stack = new DisposableStack();
  const make = (size: number) => stack.use(backend.tensor("f32", [size]));
  const constants = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, maxNorm: 1 };
  const operands = (M: number) => ({
    parameter: make(M),
    gradient: make(M),
    firstMoment: make(M),
    secondMoment: make(M),
    norm: make(1),
    controls: make(3),
  });
  const good = operands(8), bad = operands(8);
  // The tensor lies outside the memory, so the kernel traps as a wrong one would.
  Object.assign(bad.gradient, { pointer: 0xfffffff0 });
  using program = await backend.record((r) => {
    r.run(adam, good, constants);
    r.run(adam, bad, constants);
  });
  const { message } = assertThrows(() => backend.submit(program), Error);
  assertMatch(
    message,
    /^Cannot finish adam: .*out of bounds.*; the update of adam may be incomplete; kernels that had updated before: adam$/,
  );
  assertThrows(
    () => backend.submit(program),
    Error,
    "the backend broke when an earlier one failed",
  );
  await backend.read(good.parameter);
});

async function runScript(script: string): Promise<{ code: number; output: string; ms: number }> {
  const mod = new URL("../../mod.ts", import.meta.url).href;
  const begin = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    // The only permission is to read the modules, which `run` has.
    args: ["run", "--no-prompt", "--no-lock", "--no-check", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(`import { createBackend } from ${JSON.stringify(mod)};\n${script}`),
  );
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, output, ms: performance.now() - begin };
}

Deno.test("a process without permissions exits by itself, its backend disposed or alive", async () => {
  const scripts = [
    `const backend = await createBackend("wasm", { threads: 3 }); console.log(backend.description);`,
    `{ using backend = await createBackend("wasm", { threads: 3 }); console.log(backend.description); }`,
  ];
  for (const script of scripts) {
    const { code, output } = await runScript(script);
    assertEquals([code, output.trim()], [0, "relaxed SIMD, 3 threads"]);
  }
});
