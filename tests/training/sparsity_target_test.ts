/** The steering of λ: how near L0 comes to its target in short and longer runs, and the rate in states. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createBackend,
  Random,
  ToyTree,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";

const [ROWS, TAIL] = [256, 0.1];

/** Trains on rows of `next`, and returns the mean L0 over the last tenth of the steps. */
async function finalL0(options: TrainerOptions, next: () => Float32Array): Promise<number> {
  using backend = await createBackend("wasm");
  using trainer = await Trainer.create(backend, options);
  const tail: number[] = [];
  for (let step = 1; step <= options.steps; step++) {
    await trainer.step(next());
    if (step > (1 - TAIL) * options.steps) tail.push((await trainer.metrics()).l0);
  }
  return tail.reduce((a, b) => a + b) / tail.length;
}

// Normal rows have no sparse explanation: every L0 can be had, at a price.
for (const [targetL0, steps] of [[4, 300], [8, 300], [16, 300]]) {
  Deno.test(`Trainer brings L0 to ${targetL0} in ${steps} steps at the default rate`, async () => {
    const random = Random.fromSeed(2);
    const sizes = { inputSize: 16, latentCount: 64, prefixCount: 4 };
    const options = { ...sizes, steps, targetL0, learningRate: 0.02 };
    const rows = () => Float32Array.from({ length: ROWS * 16 }, () => random.normal());
    const l0 = await finalL0(options, rows);
    assert(Math.abs(l0 - targetL0) < 0.1 * targetL0, `${l0} is not ${targetL0}`);
  });
}

Deno.test("Trainer brings L0 to that of the toy tree in 300 steps at its learning rate", async () => {
  const world = ToyTree.create({ seed: 1 });
  const random = Random.fromSeed(2);
  const options = { inputSize: 20, latentCount: 32, prefixCount: 4, steps: 300, targetL0: 1.2 };
  const l0 = await finalL0(
    { ...options, learningRate: 0.01 },
    () => world.sample(ROWS, random).batch,
  );
  assert(Math.abs(l0 - 1.2) < 0.12, `${l0} is not 1.2`);
});

const OPTIONS: TrainerOptions = { inputSize: 4, latentCount: 12, steps: 100, targetL0: 2 };

async function stateWith(options: Partial<TrainerOptions>): Promise<TrainerState> {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, { ...OPTIONS, ...options });
  return await trainer.state();
}

Deno.test("Trainer steers λ, and counts dead latents, by the length of the run", async () => {
  const of = async (steps: number) => {
    const { sparsityRate, deadAfter } = (await stateWith({ steps })).options;
    return [sparsityRate, deadAfter];
  };
  assertEquals(await of(1), [0.05, 1]);
  assertEquals(await of(100), [0.05, 20]);
  assertEquals(await of(1000), [0.005, 200]);
  assertEquals(await of(50_000), [1e-4, 200]);
});

Deno.test("Trainer.resume() keeps the rate and the window of a state that had other defaults", async () => {
  using backend = await createBackend("reference");
  const state = await stateWith({ sparsityRate: 3e-4, deadAfter: 200 });
  using resumed = await Trainer.resume(backend, OPTIONS, state);
  const { sparsityRate, deadAfter } = (await resumed.state()).options;
  assertEquals([sparsityRate, deadAfter], [3e-4, 200]);
  await assertRejects(
    () => Trainer.resume(backend, { ...OPTIONS, sparsityRate: 0.01 }, state),
    RangeError,
    "sparsityRate is 0.01 but 0.0003 in the state",
  );
});
