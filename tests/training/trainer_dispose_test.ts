import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Backend, createBackend, Trainer } from "../../mod.ts";
import { backends } from "../backends.ts";
import { ladderBatch, ladderOptions } from "./runs.ts";

const CASES: [string, (backend: Backend) => Promise<void>][] = [
  ["before the first step", async (backend) => {
    using _trainer = await Trainer.create(backend, ladderOptions());
  }],
  ["after batches and prefixes of many sizes", async (backend) => {
    using trainer = await Trainer.create(backend, ladderOptions());
    const batch = ladderBatch(8);
    for (const rows of [1, 2, 3, 4, 1, 2]) {
      await trainer.step(batch.slice(0, 2 * rows));
      await trainer.step(batch, { prefixes: [...Array(rows).keys()].map((i) => i + 1).concat(20) });
    }
    await trainer.metrics();
  }],
  ["after bad batches", async (backend) => {
    using trainer = await Trainer.create(backend, ladderOptions());
    await trainer.step(ladderBatch(3));
    await trainer.step(new Float32Array(1)).catch(() => {});
    await trainer.step(new Float32Array(6).fill(NaN)).catch(() => {});
    await trainer.step(ladderBatch(3), { prefixes: [21] }).catch(() => {});
  }],
  ["after a loss that was not finite", async (backend) => {
    const initial = ladderOptions().initial!;
    const huge = { ...initial, decoder: initial.decoder.map(() => 1e38) };
    const options = ladderOptions({ initial: huge, prefixWeights: [1e30, 1e30] });
    using trainer = await Trainer.create(backend, options);
    await trainer.step(ladderBatch(20).map(() => 3e38));
    await assertRejects(() => trainer.metrics(), RangeError, "step 1 is not finite");
  }],
  ["after permutations", async (backend) => {
    using trainer = await Trainer.create(backend, ladderOptions({ permuteEvery: 2 }));
    for (let s = 0; s < 5; s++) await trainer.step(ladderBatch(s + 1));
  }],
  ["after an overflow of the sparse algorithm", async (backend) => {
    using trainer = await Trainer.create(backend, ladderOptions({ algorithm: "sparse" }));
    for (let s = 0; s < 40; s++) await trainer.step(ladderBatch(s === 35 ? 20 : 1));
  }],
  ["twice", async (backend) => {
    using trainer = await Trainer.create(backend, ladderOptions());
    await trainer.step(ladderBatch(3));
    trainer[Symbol.dispose]();
  }],
  ["while the first step is under way", async (backend) => {
    const trainer = await Trainer.create(backend, ladderOptions());
    const step = trainer.step(ladderBatch(3));
    trainer[Symbol.dispose]();
    await assertRejects(() => step, Error, "disposed");
  }],
  ["while a later step is under way", async (backend) => {
    const trainer = await Trainer.create(backend, ladderOptions());
    await trainer.step(ladderBatch(3).slice(2));
    const step = trainer.step(ladderBatch(3));
    trainer[Symbol.dispose]();
    await assertRejects(() => step, Error, "disposed");
    await assertRejects(() => trainer.step(ladderBatch(3)), Error, "disposed");
  }],
];

for (const { name, create } of backends) {
  for (const [when, run] of CASES) {
    Deno.test(`Trainer frees every byte when disposed ${when} (${name})`, async () => {
      using backend = await create();
      await run(backend);
      assertEquals(backend.allocatedBytes, 0);
    });
  }
}

Deno.test("Trainer keeps the programs of a few batch sizes only", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  const bytes: number[] = [];
  for (let rows = 30; rows > 0; rows--) {
    await trainer.step(new Float32Array(2 * rows).fill(1));
    bytes.push(backend.allocatedBytes);
  }
  assert(bytes[3] > bytes[0]);
  assert(bytes.slice(4).every((held) => held < bytes[3]), `${bytes}`);
});

Deno.test("Trainer says after its end what it cannot give any more", async () => {
  using backend = await createBackend("reference");
  const trainer = await Trainer.create(backend, ladderOptions());
  await trainer.step(ladderBatch(3));
  trainer[Symbol.dispose]();
  const calls: [() => Promise<unknown>, string][] = [
    [() => trainer.step(ladderBatch(3)), "take a training step"],
    [() => trainer.metrics(), "give metrics"],
    [() => trainer.parameters(), "give parameters"],
    [() => trainer.rawParameters(), "give parameters"],
    [() => trainer.threshold(), "give the threshold"],
    [() => trainer.inputScale(), "give the input scale"],
  ];
  for (const [call, task] of calls) {
    const error = await assertRejects(call, Error);
    assertEquals(error.message, `Cannot ${task}: the trainer is disposed`);
  }
  assertEquals([trainer.stepCount, trainer.algorithm], [1, "dense"]);
});

Deno.test("Trainer.create() leaves nothing behind if the backend runs out of memory", async () => {
  using plain = await createBackend("reference");
  let left = 12;
  const backend = new Proxy(plain, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (name === "tensor" && left-- === 0) throw new RangeError("no memory is left");
        return Reflect.apply(value, target, args);
      };
    },
  });
  await assertRejects(() => Trainer.create(backend, ladderOptions()), RangeError, "no memory");
  assertEquals(plain.allocatedBytes, 0);
});
