/** The formulas of docs/more-than-one-machine.md: messages and memory of a rank, and times on a network. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { bytesOfRank } from "../../bench/mpi/memory.ts";
import { secondsOfCall } from "../../bench/mpi/network.ts";
import { predictions } from "../../bench/mpi/prediction.ts";
import {
  bytesOfStep,
  type RankStep,
  type SelectingActivation,
  type StepMessage,
  stepMessages,
} from "../../bench/mpi/step_messages.ts";
import { messagesTable } from "../../bench/mpi/tables.ts";
import {
  type Activation,
  createBackend,
  measureCommunicator,
  Random,
  runRanks,
  Trainer,
} from "../../mod.ts";

const [ROWS, INPUT_SIZE, PREFIXES, K] = [24, 10, 4, 3];

/** A step of rank `rank` in a grid, with the bytes that it has handed over by kind of call. */
interface Counted {
  readonly step: RankStep;
  readonly bytes: Readonly<Record<StepMessage["call"], number>>;
}

/** Takes a step on a grid, with shares of latents that differ, and counts. */
async function countedSteps(
  activation: Activation,
  ranks: number,
  ranksPerReplica: number,
): Promise<Counted[]> {
  const latentsPerRank = Array.from({ length: ranksPerReplica }, (_, r) => 5 + r);
  const latentCount = latentsPerRank.reduce((a, b) => a + b);
  const random = Random.fromSeed(3);
  const batch = Float32Array.from({ length: ROWS * INPUT_SIZE }, () => random.normal());
  return await runRanks(ranks, async (world) => {
    const communicator = measureCommunicator(world);
    using backend = await createBackend("wasm");
    using trainer = await Trainer.create(backend, {
      inputSize: INPUT_SIZE,
      latentCount,
      steps: 100,
      prefixCount: PREFIXES,
      activation,
      communicator,
      ranksPerReplica,
      latentsPerRank,
    });
    const before = communicator.traffic;
    await trainer.step(batch);
    const after = communicator.traffic;
    const bytes = (call: StepMessage["call"]) => after[call].bytes - before[call].bytes;
    const calls = after.allReduce.calls - before.allReduce.calls;
    const grid = { ranksPerReplica, replicas: ranks / ranksPerReplica };
    const sizes = { rows: ROWS / grid.replicas, inputSize: INPUT_SIZE, prefixes: PREFIXES };
    const latents = trainer.latents.to - trainer.latents.from;
    const plain = stepMessages({ ...sizes, ...grid, latents, activation: { kind: "relu" } });
    const others = plain.filter(({ call }) => call === "allReduce");
    const digits = calls - others.reduce((sum, { calls }) => sum + calls, 0);
    return {
      step: { ...sizes, ...grid, latents, activation: selecting(activation, digits) },
      bytes: {
        exclusiveScan: bytes("exclusiveScan"),
        reverseExclusiveScan: bytes("reverseExclusiveScan"),
        allReduce: bytes("allReduce"),
        allGather: bytes("allGather"),
      },
    };
  });
}

function selecting(activation: Activation, digits: number): SelectingActivation {
  if (activation.kind !== "batchtopk") return activation;
  // Four digits of a float32, fewer if they decide early, and seven of a position if values tie.
  assert(digits <= 11, `${digits} digits`);
  return { kind: "batchtopk", digits };
}

const ACTIVATIONS: readonly Activation[] = [
  { kind: "relu" },
  { kind: "topk", k: K },
  { kind: "batchtopk", k: K },
];

for (const [ranks, ranksPerReplica] of [[1, 1], [3, 3], [4, 2], [3, 1]]) {
  for (const activation of ACTIVATIONS) {
    const grid = `${ranks} ranks, ${ranksPerReplica} per replica`;
    Deno.test(`a step with ${activation.kind} on ${grid} sends the bytes of the formula`, async () => {
      for (const { step, bytes } of await countedSteps(activation, ranks, ranksPerReplica)) {
        const expected = { exclusiveScan: 0, reverseExclusiveScan: 0, allReduce: 0, allGather: 0 };
        for (const { call, bytes, calls } of stepMessages(step)) expected[call] += bytes * calls;
        assertEquals(bytes, expected);
        assertEquals(Object.values(bytes).reduce((a, b) => a + b), bytesOfStep(step));
      }
    });
  }
}

Deno.test("the formulas that the page shows give the bytes of the calls", () => {
  const step: RankStep = {
    ...{ rows: 7, inputSize: 11, latents: 13, prefixes: 5, ranksPerReplica: 2, replicas: 3 },
    activation: { kind: "topk", k: 17 },
  };
  const values: Record<string, number> = { B: 7, d: 11, N_r: 13, P: 5, k: 17, "⌈B/R⌉": 4 };
  const table = messagesTable();
  for (const { formula, bytes } of stepMessages(step)) {
    assert(table.includes(formula), formula);
    const terms = (text: string): number =>
      text.split(" + ").map((term) => term.split("·").map((f) => values[f] ?? Number(f)))
        .reduce((sum, factors) => sum + factors.reduce((a, b) => a * b), 0);
    const [, factor, inner] = formula.match(/^(\d)·\((.*)\)$/) ?? [];
    assertEquals(inner ? Number(factor) * terms(inner) : terms(formula), bytes, formula);
  }
});

Deno.test("bytesOfRank() is what a rank's backend holds, apart from vectors", async () => {
  const [rows, inputSize, latents, prefixes, k] = [128, 96, 400, 5, 8];
  const random = Random.fromSeed(4);
  const batch = Float32Array.from({ length: rows * inputSize }, () => random.normal());
  const held = await runRanks(3, async (communicator) => {
    using backend = await createBackend("wasm");
    using trainer = await Trainer.create(backend, {
      inputSize,
      latentCount: 3 * latents,
      steps: 100,
      prefixCount: prefixes,
      activation: { kind: "topk", k },
      communicator,
    });
    await trainer.step(batch);
    return backend.allocatedBytes;
  });
  const expected = bytesOfRank({ latents, inputSize, rows, prefixes, room: k });
  // 21 vectors of N_r. For each row the candidates of top-k, which have room for two chunks of 128 latents at most, and
  // a few counts; and the ring of metrics.
  const others = 4 * 21 * latents + rows * (8 * 256 + 64) + 2 ** 14;
  assert(held[1] >= expected && held[1] <= expected + others, `${held[1]} and ${expected}`);
});

Deno.test("secondsOfCall() counts the rounds of each algorithm", () => {
  const network = { name: "", latency: 1, bandwidth: 10 };
  const seconds = (call: StepMessage["call"], ranks: number, scan: "chain" | "doubling") =>
    secondsOfCall({ call, ranks, bytes: 40 }, network, scan);
  assertEquals(seconds("exclusiveScan", 8, "chain"), 7 * 5);
  assertEquals(seconds("reverseExclusiveScan", 8, "doubling"), 3 * 5);
  // In parts, 2·3 + 2·7/8·4 = 13, against 3 rounds of 5.
  assertEquals(seconds("allReduce", 8, "chain"), 13);
  assertEquals(seconds("allGather", 8, "chain"), 3 + 7 * 4);
  for (const call of ["exclusiveScan", "allReduce", "allGather"] as const) {
    assertEquals(seconds(call, 1, "chain"), 0);
  }
});

Deno.test("secondsOfCall() passes a piece of a scan on while the next arrives", () => {
  const network = { name: "", latency: 0, bandwidth: 2 ** 18 };
  const seconds = (scan: "chain" | "doubling") =>
    secondsOfCall({ call: "exclusiveScan", ranks: 8, bytes: 2 ** 18 * 100 }, network, scan);
  assertEquals(seconds("chain"), 100 + 6);
  assertEquals(seconds("doubling"), 300);
});

Deno.test("predictions() add the messages to what a rank computes", () => {
  const shape = { B: 64, d: 8, N: 32, active: 2, P: 3 };
  const [{ seconds }] = predictions({
    shape,
    ranks: [{ ranks: 4, ranksPerReplica: 4, latents: 8, rows: 64, ms: 500 }],
  });
  assertEquals(seconds.length, 4);
  for (const each of seconds) {
    assert(each > 0.5);
    assertAlmostEquals(each, 0.5, 0.01);
  }
});
