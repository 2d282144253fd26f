/** Changed files of activations: each is read, or refused by a named error, soon and in little memory. */
import fc from "fast-check";
import { assert, assertEquals, assertLess } from "@std/assert";
import { activationBatches } from "../../src/data/activations.ts";
import { sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { encodeZip } from "../../src/io/zip/zip_writing.ts";
import { anyMutation } from "../io/formats/any_mutation.ts";
import { mutate } from "../io/formats/mutations.ts";
import { op, tensorOp, torchFile } from "../io/torch/torch_writer.ts";
import { trials } from "../matrix.ts";
import { deflated, npyBytes, stored, upTo } from "./containers.ts";

const RUNS = trials(8000);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261127);
const MILLISECONDS = 2000;

/** A part of a file that is changed, and how the file is put together around it. */
interface Target {
  name: string;
  part: Uint8Array;
  whole: (part: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

const bytesOf = ({ size, read }: ReturnType<typeof stored>) => read(0, size);

async function allTargets(): Promise<Target[]> {
  const rows = npyBytes([5, 3]);
  const columns = npyBytes([2, 3, 4], { fortran: true });
  const tensor = { shape: [3, 2, 4], strides: [4, 12, 1], data: upTo(24) };
  const pickle = Uint8Array.from([...op.start, ...tensorOp("0", tensor), ...op.stop]);
  const same = (part: Uint8Array) => part;
  const torch = (part: Uint8Array) => torchFile([...part], [tensor]);
  const targets: Target[] = [
    { name: "npy", part: rows, whole: same },
    { name: "npy by columns", part: columns, whole: same },
    { name: "npz", part: await bytesOf(stored({ x: rows, y: npyBytes([3]) })), whole: same },
    { name: "npz deflated", part: await bytesOf(await deflated({ x: rows })), whole: same },
    { name: "npz entry", part: columns, whole: (x) => encodeZip([["x.npy", x]]) },
    {
      name: "npz deflated entry",
      part: columns,
      whole: async (x) => await bytesOf(await deflated({ x })),
    },
    { name: "torch", part: torch(pickle), whole: same },
  ];
  // Pickles are what attackers change.
  for (let i = 0; i < 4; i++) targets.push({ name: "torch pickle", part: pickle, whole: torch });
  return targets;
}

/** Returns the number of values in the file. */
async function readAll(file: Uint8Array): Promise<number> {
  let count = 0;
  const batches = activationBatches([sourceFromBytes(file)], { batchRows: 4, partial: true });
  for await (const batch of batches) {
    assert(batch.every(Number.isFinite));
    count += batch.length;
  }
  return count;
}

Deno.test(`activationBatches() reads or refuses ${RUNS} changed files`, async () => {
  const targets = await allTargets();
  const read = new Set<string>();
  const before = Deno.memoryUsage().rss;
  const changes = fc.tuple(
    fc.nat(targets.length - 1),
    fc.array(anyMutation, { minLength: 1, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(changes, async ([index, mutations]) => {
      const { name, part, whole } = targets[index];
      const file = await whole(mutations.reduce(mutate, part));
      const start = performance.now();
      try {
        assertLess(await readAll(file), 1032 * file.length);
        read.add(name);
      } catch (error) {
        const named = error instanceof RangeError || error instanceof TypeError;
        assert(named && error.message.startsWith("Cannot "), `${name}: ${error}`);
        assertLess(error.message.length, 2000, name);
        assert(!/\[object/.test(error.message), `${name}: ${error.message}`);
      }
      assertLess(performance.now() - start, MILLISECONDS, name);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // Not all of them are refused at the door.
  assertEquals(read.size, new Set(targets.map(({ name }) => name)).size);
  assertLess(Deno.memoryUsage().rss - before, 512 * 2 ** 20);
});

Deno.test("every unchanged target is read", async () => {
  for (const { name, part, whole } of await allTargets()) {
    assert([15, 24].includes(await readAll(await whole(part))), name);
  }
});
