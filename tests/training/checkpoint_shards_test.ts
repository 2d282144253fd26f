/** Checkpoints in shards: any latents, from the files of any number of ranks, are those of the whole checkpoint. */
import fc from "fast-check";
import { assert, assertEquals, assertLess, assertLessOrEqual, assertRejects } from "@std/assert";
import {
  type ByteSource,
  type Checkpoint,
  createBackend,
  encodeCheckpoint,
  type Range,
  readCheckpoint,
  readCheckpointShards,
  sourceFromBytes,
  Trainer,
} from "../../mod.ts";
import { trials } from "../matrix.ts";
import { resealed } from "./resealed.ts";
import { normalBatches } from "./runs.ts";
import { checkpointOf, d, N, ranges, shardsOf, shareOf } from "./shards.ts";

const sourcesOf = (checkpoints: readonly Checkpoint[]): ByteSource[] =>
  checkpoints.map((each, i) => sourceFromBytes(encodeCheckpoint(each), `${"abcdefg"[i]}.st`));

/** A source that notes how far it was read, and the longest read. */
function watched(source: ByteSource) {
  const seen = { end: 0, longest: 0 };
  const read = (offset: number, length: number) => {
    seen.end = Math.max(seen.end, offset + length);
    seen.longest = Math.max(seen.longest, length);
    return source.read(offset, length);
  };
  return { name: source.name, size: source.size, read, seen };
}

const lengths = fc.integer({ min: 0, max: N - 1 }).chain((size) =>
  fc.uniqueArray(fc.integer({ min: 1, max: N - 1 }), {
    minLength: Math.min(size, 4),
    maxLength: Math.min(size, 4),
  })
).map((cuts) => {
  const bounds = [0, ...cuts.sort((a, b) => a - b), N];
  return bounds.slice(1).map((to, i) => to - bounds[i]);
});

Deno.test("readCheckpointShards() gives every range of latents of a whole checkpoint, bit for bit, from any shards", async () => {
  for (const backend of ["reference", "wasm"] as const) {
    const whole = await checkpointOf(backend);
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (each, reversed) => {
        const sources = sourcesOf(shardsOf(whole, each));
        if (reversed) sources.reverse();
        for (let from = 0; from < N; from++) {
          for (let to = from + 1; to <= N; to++) {
            const latents = { from, to };
            const read = await readCheckpointShards(sources, latents);
            assertEquals(read, { ...whole, trainer: shareOf(whole.trainer, latents) });
          }
        }
        assertEquals(await readCheckpointShards(sources), whole);
      }),
      { numRuns: trials(40) },
    );
  }
});

Deno.test("a shard comes back as it was, and a checkpoint before the first step can be cut, too", async () => {
  const whole = await checkpointOf("wasm", 0);
  const shards = shardsOf(whole, [2, 5]);
  for (const shard of shards) {
    const bytes = encodeCheckpoint(shard);
    assertEquals(await readCheckpoint(sourceFromBytes(bytes)), shard);
    assertEquals(encodeCheckpoint(structuredClone(shard)), bytes);
  }
  assertEquals(await readCheckpointShards(sourcesOf(shards)), whole);
});

Deno.test("training goes on from shards with the bits of the undisturbed run", async () => {
  using backend = await createBackend("wasm");
  const options = { inputSize: d, latentCount: N, steps: 10 };
  const batches = normalBatches([4, 4, 4, 4], d, 1);
  using undisturbed = await Trainer.create(backend, options);
  for (const batch of batches) await undisturbed.step(batch);
  const sources = sourcesOf(shardsOf(await checkpointOf("wasm"), [1, 4, 2]));
  using resumed = await Trainer.resume(
    backend,
    options,
    (await readCheckpointShards(sources)).trainer,
  );
  for (const batch of batches.slice(2)) await resumed.step(batch);
  assertEquals(await resumed.parameters(), await undisturbed.parameters());
});

Deno.test("readCheckpointShards() reads a few MiB at a time, and only headers of shards without wanted latents", async () => {
  // Rows of 1300 bytes: no chunk ends with one.
  const [rows, width] = [8000, 325];
  const { trainer, ...rest } = await checkpointOf("wasm", 0);
  const tensors = Object.entries(trainer.tensors).map(([name, values]) => {
    const length = values.length === N * d
      ? rows * width
      : values.length === N
      ? rows
      : values.length === d
      ? width
      : 1;
    const made = values instanceof Uint32Array ? new Uint32Array(length) : new Float32Array(length);
    return [name, made.map((_, i) => 1 + i % 1009)] as const;
  });
  const whole: Checkpoint = {
    ...rest,
    trainer: {
      ...trainer,
      options: { ...trainer.options, inputSize: width, latentCount: rows },
      tensors: Object.fromEntries(tensors),
    },
  };
  const sources = sourcesOf(shardsOf(whole, [3500, 3700, 800])).map(watched);
  const latents = { from: 3400, to: 7100 };
  const read = await readCheckpointShards(sources, latents);
  const wanted = shareOf(whole.trainer, latents);
  for (const [name, values] of Object.entries(read.trainer.tensors)) {
    const other = wanted.tensors[name];
    assertEquals(values.length, other.length);
    assert(values.every((value, i) => value === other[i]), name);
  }
  const ends = sources.map(({ seen, size }) => seen.end === size);
  assertEquals(ends, [true, true, false]);
  assertLess(sources[2].seen.end, 10_000);
  for (const { seen } of sources) assertLessOrEqual(seen.longest, 4 * 2 ** 20);
});

Deno.test("readCheckpointShards() takes equal ranges once, and refuses gaps and other overlaps by name", async () => {
  const whole = await checkpointOf("wasm");
  const shard = (from: number, to: number): Checkpoint => ({
    ...whole,
    trainer: shareOf(whole.trainer, { from, to }),
  });
  const replicas = sourcesOf([shard(3, 7), shard(0, 3), shard(3, 7), shard(0, 3)]);
  assertEquals(await readCheckpointShards(replicas), whole);
  const cases: [Checkpoint[], Range | undefined, string][] = [
    [[shard(0, 3), shard(4, 7)], undefined, "latent 3 is in none of a.st, b.st"],
    [[shard(0, 3), shard(5, 7)], { from: 2, to: 6 }, "latents 3 to 4 are in none of a.st, b.st"],
    [[shard(2, 4)], undefined, "latents 0 to 1 are in none of a.st"],
    [[shard(0, 4)], undefined, "latents 4 to 6 are in none of a.st"],
    [[shard(0, 1)], { from: 2, to: 4 }, "latents 2 to 3 are in none of a.st"],
    [
      [shard(0, 4), shard(3, 7)],
      { from: 0, to: 2 },
      "a.st holds latents 0 to 3 and b.st latents 3 to 6, which overlap",
    ],
    [[shard(0, 7), shard(0, 4)], undefined, "which overlap"],
    [[shard(0, 7)], { from: 2, to: 8 }, "latents.to must be at most latentCount 7 but is 8"],
    [[shard(0, 7)], { from: 2, to: 2 }, "latents.to must be an integer of at least 3 but is 2"],
    [[], undefined, "sources must hold at least one shard but are []"],
  ];
  for (const [shards, latents, message] of cases) {
    await assertRejects(
      () => readCheckpointShards(sourcesOf(shards), latents),
      RangeError,
      message,
    );
  }
});

Deno.test("readCheckpointShards() refuses shards of other steps, runs or positions, and names the difference", async () => {
  const whole = await checkpointOf("wasm");
  const [first, second] = shardsOf(whole, [4, 3]);
  const { trainer } = second;
  const { metrics, prefixRandom, tensors } = trainer;
  const other = await checkpointOf("wasm", 3);
  const doubles = await checkpointOf("reference");
  const shifted = { ...tensors, decoderBias: tensors.decoderBias.map((value) => value + 1) };
  const cases: [Checkpoint, string][] = [
    [shardsOf(other, [4, 3])[1], "step is 2 in a.st but 3 in b.st"],
    [
      { ...second, trainer: { ...trainer, options: { ...trainer.options, seed: 9 } } },
      "options.seed is 0 in a.st but 9 in b.st",
    ],
    [
      { ...second, trainer: { ...trainer, prefixRandom: { ...prefixRandom, spare: 0.25 } } },
      "prefixRandom is ",
    ],
    [
      { ...second, trainer: { ...trainer, metrics: { ...metrics, largestL0: 0.125 } } },
      "metrics.largestL0 is ",
    ],
    [
      { ...second, shuffle: { ...whole.shuffle!, rowsRead: 9 } },
      `shuffle.rowsRead is ${whole.shuffle!.rowsRead} in a.st but 9 in b.st`,
    ],
    [{ ...second, shuffle: undefined }, "but not given in b.st"],
    [
      {
        ...second,
        trainer: { ...trainer, algorithm: { ...trainer.algorithm, current: "sparse" } },
      },
      'algorithm is {"current":"dense","room":7} in a.st but {"current":"sparse","room":7} in b.st',
    ],
    [
      shardsOf(doubles, [4, 3])[1],
      "the tensor baseCoefficient is F32 [1] in a.st but F64 [1] in b.st",
    ],
    [
      { ...second, trainer: { ...trainer, tensors: shifted } },
      "the checkpoint b.st: its decoderBias, which all shards share, differs from that of a.st",
    ],
  ];
  for (const [odd, message] of cases) {
    await assertRejects(() => readCheckpointShards(sourcesOf([first, odd])), RangeError, message);
  }
});

Deno.test("readCheckpointShards() notices a changed or cut shard, and takes the record of the first", async () => {
  const whole = await checkpointOf("wasm");
  const [first, second] = shardsOf(whole, [4, 3]);
  const bytes = encodeCheckpoint(second);
  for (let i = 8; i < bytes.length; i += 61) {
    const changed = bytes.slice();
    changed[i] ^= 4;
    for (const broken of [changed, bytes.subarray(0, i)]) {
      const sources = [...sourcesOf([first]), sourceFromBytes(broken, "b.st")];
      const error = await assertRejects(() => readCheckpointShards(sources), Error);
      assert(error.message.startsWith("Cannot read "), error.message);
      assert(error.message.includes("b.st"), error.message);
    }
  }
  const differing = {
    ...second,
    record: "another",
    trainer: {
      ...second.trainer,
      backend: { name: "wasm", description: "another tier" },
    },
  };
  const read = await readCheckpointShards(sourcesOf([differing, first]));
  assertEquals(read, whole);
  const { trainer } = await readCheckpointShards(sourcesOf([differing, first]), { from: 5, to: 7 });
  assertEquals(trainer.backend.description, "another tier");
});

Deno.test("readCheckpoint() refuses a shard whose latents are not those of its tensors", async () => {
  const [, second] = shardsOf(await checkpointOf("wasm"), [4, 3]);
  const bytes = encodeCheckpoint(second);
  const claims: [unknown, string][] = [
    [{ from: 3, to: 7 }, "encoder must be [4,3] but is [3,3]"],
    [undefined, "encoder must be [7,3] but is [3,3]"],
    [{ from: 6, to: 9 }, "latents.to must be at most latentCount 7 but is 9"],
    [{ from: -1, to: 2 }, "latents.from must be an integer of at least 0 but is -1"],
    [{ from: 4, to: 4 }, "latents.to must be an integer of at least 5 but is 4"],
    [[4, 7], "latents must be an object but is an Array"],
    [{ from: "4", to: 7 }, 'latents.from must be a number but is "4" (string)'],
  ];
  for (const [latents, message] of claims) {
    const changed = resealed(bytes, (header) => {
      const trainer = JSON.parse(header.__metadata__!.trainer);
      header.__metadata__!.trainer = JSON.stringify({ ...trainer, latents });
    });
    const error = await assertRejects(() => readCheckpoint(sourceFromBytes(changed, "b.st")));
    assert((error as Error).message.includes(message), (error as Error).message);
  }
  assertEquals(ranges([4, 3])[1], second.trainer.latents);
});
