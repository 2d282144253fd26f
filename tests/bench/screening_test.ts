/** The benches of screening and scaling, and the backend that times kernels. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SELECTIONS } from "../../bench/harness/selections.ts";
import { TimedBackend } from "../../bench/harness/timed_backend.ts";
import { casesOf, numberAlong, scalingCases } from "../../bench/screening/cases.ts";
import { compareEncodes } from "../../bench/screening/encode_case.ts";
import { takeRounds } from "../../bench/screening/rounds.ts";
import type { Comparison, ScreeningResults } from "../../bench/screening/results.ts";
import { partsTable, scalingTable, screeningTable } from "../../bench/screening/tables.ts";
import { newestOf } from "../../bench/results/write_tables.ts";
import { drawScaling } from "../../docs/pictures/scaling.ts";
import type { Tensor, Values } from "../../kernels/kernel.ts";
import { createBackend, Random, Trainer } from "../../mod.ts";

const EFFORT = { warmups: 1, samples: 2, seconds: 1 };
const SHAPE = { B: 12, d: 10, N: 40, active: 4, P: 3 };

for (const selection of SELECTIONS) {
  Deno.test(`bench:screening times encodes with ${selection} once their codes are equal`, async () => {
    using backend = await createBackend("reference");
    const each = { task: "encode", shape: SHAPE, density: 0.1, selection } as const;
    const { active, candidates, rounds, parts } = await compareEncodes(backend, each, EFFORT);
    assert(active > 0.5 && candidates! >= active && candidates! <= SHAPE.N);
    assert(rounds.length >= 2 && rounds.every(({ plain, screened }) => plain > 0 && screened > 0));
    assert(parts!.product > 0);
  });
}

/** Reads the values of the second codes wrongly. */
class MisreadingBackend extends TimedBackend {
  #readings = 0;

  override async read(tensor: Tensor): Promise<Values> {
    const values = await super.read(tensor);
    const isCodes = tensor.dtype === "f32" && tensor.shape.length === 1 && values.length > 1;
    if (isCodes && ++this.#readings === 2) values[0] += 1;
    return values;
  }
}

Deno.test("bench:screening times nothing if a value of the codes differs", async () => {
  using backend = new MisreadingBackend(await createBackend("reference"));
  const each = { task: "encode", shape: SHAPE, density: 0.1, selection: "relu" } as const;
  await assertRejects(
    () => compareEncodes(backend, each, EFFORT),
    Error,
    "Cannot time the screened encode: element 0 of its values differs",
  );
});

Deno.test("takeRounds() lets the variants take turns, warm-ups first", async () => {
  const order: string[] = [];
  const variants = { a: () => void order.push("a"), b: () => void order.push("b") };
  const rounds = await takeRounds(variants, { warmups: 2, samples: 3, seconds: 10 });
  assertEquals(rounds.length, 3);
  assertEquals(order.join(""), "ab".repeat(5));
});

Deno.test("casesOf() knows its cases by name, and scalingCases() varies one number at a time", () => {
  assertEquals(casesOf(["half"], ["step"])[0].density, 0.5);
  assertThrows(() => casesOf(["huge"], ["step"]), RangeError, 'Cannot compare "huge"');
  for (const each of scalingCases()) {
    const { axis, shape } = each;
    const base = axis === "crossover" ? [1024, 128, 1024, 5] : [1024, 512, 8192, 10];
    const differing = [shape.B, shape.d, shape.N, shape.P].filter((n, i) => n !== base[i]);
    assert(differing.length <= 1, JSON.stringify(shape));
    if (differing.length === 1) assertEquals(numberAlong(axis!, each), differing[0]);
  }
});

function comparison(differences: Partial<Comparison>): Comparison {
  return {
    ...{ task: "step", shape: SHAPE, density: 0.1, selection: "relu", threads: 1 },
    ...{ lowering: { tier: "relaxed", vnni: true }, description: "relaxed SIMD" },
    ...{ gate: "losses", active: 4, rounds: [], plainMs: 20, screenedMs: 8, speedup: 2.5 },
    ...differences,
  };
}

Deno.test("the tables of screening show each comparison, and parts of encodes only", () => {
  const parts = { quantizeRows: 1, quantizeLatents: 2, product: 3, candidates: 4 };
  const results: ScreeningResults = {
    kind: "screening",
    environment: { date: "2026-11-27", commit: "0123456", runtime: "Deno" },
    comparisons: [comparison({}), comparison({ task: "encode", candidates: 9, parts })],
  };
  const rows = (table: string) => table.split("\n").filter((line) => line.startsWith("| relaxed"));
  assertEquals(rows(screeningTable(results)), [
    "| relaxed SIMD | 1 | step | relu | 12, 10, 40, 3 | 4.00 | 20.0 | 8.00 | 2.50 × |  |",
    "| relaxed SIMD | 1 | encode | relu | 12, 10, 40, 3 | 4.00 | 20.0 | 8.00 | 2.50 × |  |",
  ]);
  assertEquals(rows(partsTable(results)), [
    "| relaxed SIMD | 1 | relu | 12, 10, 40, 3 | 4.00 | 9.00 | 1.00 | 3.00 | 4.00 | 2.00 |",
  ]);
});

Deno.test("the scaling chart has a panel for each axis, with the dense step where it was timed", () => {
  const results: ScreeningResults = {
    kind: "scaling",
    environment: { date: "2026-11-27", commit: "0123456", runtime: "Deno" },
    comparisons: scalingCases().map((each) =>
      comparison({ ...each, ...each.axis === "crossover" && { denseMs: 30 } })
    ),
  };
  const picture = drawScaling(results);
  assertEquals(picture.match(/<svg /g)?.length, 1 + 6);
  assertEquals(picture.match(/stroke="var\(--dense\)"/g)?.length, 1);
  assert(scalingTable(results).includes("| latents N | 16,384 |"));
});

Deno.test("docs/pictures/scaling.svg shows the newest results", async () => {
  const root = new URL("../../", import.meta.url);
  const files = [...Deno.readDirSync(new URL("bench/results", root))].map(({ name }) => name);
  const path = `bench/results/${newestOf(files, "cpu-scaling")}`;
  const results = JSON.parse(await Deno.readTextFile(new URL(path, root)));
  const picture = await Deno.readTextFile(new URL("docs/pictures/scaling.svg", root));
  assertEquals(picture, drawScaling(results), "run deno task picture:scaling");
});

Deno.test("TimedBackend computes the same bits as its backend, and counts the runs of each kernel", async () => {
  const random = Random.fromSeed(1);
  const batch = Float32Array.from({ length: 16 * 8 }, () => random.normal());
  const options = { inputSize: 8, latentCount: 32, steps: 9, prefixCount: 3, targetL0: 4 };
  using plain = await createBackend("wasm");
  using timed = new TimedBackend(await createBackend("wasm"));
  const parameters = [];
  for (const backend of [plain, timed]) {
    // With relu and the sparse algorithm, a step has a branch.
    using trainer = await Trainer.create(backend, { ...options, algorithm: "sparse" });
    for (let step = 0; step < 9; step++) await trainer.step(batch);
    parameters.push(await trainer.parameters());
  }
  assertEquals(parameters[0], parameters[1]);
  assertEquals(timed.times.get("sparseReverseSums")?.runs, 9);
});
