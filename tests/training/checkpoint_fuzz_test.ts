/** Changed checkpoints: each is read, or refused by a named error, soon and in little memory. */
import fc from "fast-check";
import { trials } from "../matrix.ts";
import { assert, assertEquals, assertLess } from "@std/assert";
import {
  type Checkpoint,
  createBackend,
  encodeCheckpoint,
  encodeSafetensors,
  readCheckpoint,
  readCheckpointShards,
  ShuffledActivations,
  sourceFromBytes,
  Trainer,
} from "../../mod.ts";
import { anyMutation } from "../io/formats/any_mutation.ts";
import { mutate } from "../io/formats/mutations.ts";
import { normalBatches } from "./runs.ts";
import { resealed } from "./resealed.ts";
import { shardsOf } from "./shards.ts";

const RUNS = trials(12_000);
// Fixed, so that a gate does not fail by chance; another seed looks elsewhere.
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261122);
const MILLISECONDS = 2000;

const d = 3;
const N = 6;
const OPTIONS = { inputSize: d, latentCount: N, steps: 10 } as const;
const MIX = { batchRows: 2, bufferRows: 4 } as const;
const DATA = [sourceFromBytes(
  encodeSafetensors({
    x: { shape: [10, d], data: Float32Array.from({ length: 30 }, (_, i) => i) },
  }),
  "x",
)];

async function checkpointOf(backendName: "reference" | "wasm"): Promise<Checkpoint> {
  using backend = await createBackend(backendName);
  using trainer = await Trainer.create(backend, OPTIONS);
  const batches = await ShuffledActivations.open(DATA, MIX);
  for (const batch of normalBatches([4, 5], d, 1)) await trainer.step(batch);
  await batches.next();
  return {
    trainer: await trainer.state(),
    shuffle: batches.state(),
    record: { history: [{ step: 1, loss: 0.5 }] },
    createdBy: "a test",
  };
}

/** A change of the header's text only, where the meaning of all numbers is. */
function headerOf(bytes: Uint8Array, change: (text: Uint8Array) => Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const text = change(bytes.subarray(8, 8 + length));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return out;
}

/** One or two changes of a file, in its header alone or anywhere. */
const change = fc.tuple(
  fc.array(anyMutation, { minLength: 1, maxLength: 2 }),
  fc.boolean(),
  // As a rule by someone who knows of the checksum: else all are refused for that.
  fc.nat(9),
).map(([mutations, header, sealing]) => (original: Uint8Array) => {
  const mutated = header
    ? headerOf(original, (text) => mutations.reduce(mutate, text))
    : mutations.reduce(mutate, original);
  return sealing > 0 ? resealed(mutated, () => {}) : mutated;
});

function checkNamed(error: unknown, what: string): void {
  const good = error instanceof RangeError || error instanceof TypeError;
  assert(good && error.message.startsWith("Cannot "), `${what}: ${error}`);
  assertLess(error.message.length, 3000, what);
  assert(!/\[object/.test(error.message), `${what}: ${error.message}`);
}

Deno.test(`readCheckpoint() reads or refuses ${RUNS} changed files, and what it reads can be resumed or not`, async () => {
  const whole = await checkpointOf("wasm");
  const originals = [await checkpointOf("reference"), whole, whole, ...shardsOf(whole, [2, 1, 3])]
    .map((checkpoint) => encodeCheckpoint(checkpoint));
  using backend = await createBackend("reference");
  let read = 0;
  let resumed = 0;
  let refused = 0;
  const before = Deno.memoryUsage().rss;
  const changes = fc.tuple(fc.nat(originals.length - 1), change);
  await fc.assert(
    fc.asyncProperty(changes, async ([which, change]) => {
      const changed = change(originals[which]);
      const start = performance.now();
      let checkpoint: Checkpoint | undefined;
      try {
        checkpoint = await readCheckpoint(sourceFromBytes(changed, "step.safetensors"));
        read++;
      } catch (error) {
        refused++;
        checkNamed(error, "readCheckpoint()");
      }
      // The shard of a rank is resumed on that rank.
      if (checkpoint && checkpoint.trainer.latents === undefined) {
        try {
          using trainer = await Trainer.resume(backend, OPTIONS, checkpoint.trainer);
          assertEquals(trainer.stepCount, checkpoint.trainer.step);
          if (checkpoint.shuffle) {
            await (await ShuffledActivations.resume(DATA, MIX, checkpoint.shuffle)).next();
          }
          resumed++;
        } catch (error) {
          checkNamed(error, "resume()");
        }
      }
      assertLess(performance.now() - start, MILLISECONDS);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  console.log(`${read} read, ${resumed} of them resumed, ${refused} refused`);
  // Some of each, or the test would look at nothing behind the door.
  for (const count of [read, resumed, read - resumed, refused]) {
    assert(count > RUNS / 200, `${count}`);
  }
  assertLess(Deno.memoryUsage().rss - before, 512 * 2 ** 20);
});

Deno.test(`readCheckpointShards() reads or refuses ${RUNS} sets of shards of which one has changed`, async () => {
  const sets = [await checkpointOf("reference"), await checkpointOf("wasm")]
    .map((whole) => shardsOf(whole, [2, 1, 3]).map((shard) => encodeCheckpoint(shard)));
  let read = 0;
  let refused = 0;
  const before = Deno.memoryUsage().rss;
  const changes = fc.tuple(fc.nat(1), fc.nat(2), change, fc.nat(N - 1), fc.nat(N - 1));
  await fc.assert(
    fc.asyncProperty(changes, async ([set, which, change, a, b]) => {
      const sources = sets[set].map((bytes, i) =>
        sourceFromBytes(i === which ? change(bytes) : bytes, `shard ${i}`)
      );
      const latents = { from: Math.min(a, b), to: Math.max(a, b) + 1 };
      const start = performance.now();
      try {
        const { trainer } = await readCheckpointShards(sources, latents);
        assertEquals(trainer.tensors.encoderBias.length, latents.to - latents.from);
        read++;
      } catch (error) {
        refused++;
        checkNamed(error, "readCheckpointShards()");
      }
      assertLess(performance.now() - start, MILLISECONDS);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  console.log(`${read} read, ${refused} refused`);
  for (const count of [read, refused]) assert(count > RUNS / 200, `${count}`);
  assertLess(Deno.memoryUsage().rss - before, 512 * 2 ** 20);
});
