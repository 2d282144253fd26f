/** How SparseAutoencoder behaves: errors, memory, order, streams. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createBackend,
  initialParameters,
  type Sae,
  type SaeParameters,
  SparseAutoencoder,
  type SparseCodes,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { onGrid, randomProblem } from "../problems.ts";
import { Random } from "../../mod.ts";

const D = 4;
const N = 10;
const { parameters, batch } = randomProblem(9, D, N, 1);

for (const { name, create } of backends) {
  Deno.test(`memory on ${name} holds a chunk of rows, however many rows there are, and nothing in the end`, async () => {
    using backend = await create();
    {
      using sae = SparseAutoencoder.fromParameters(backend, parameters, {
        activation: { kind: "topk", k: 2 },
        chunkRows: 8,
      });
      await sae.reconstruct(onGrid(Random.fromSeed(2), 8 * D));
      const held = backend.allocatedBytes;
      await sae.reconstruct(onGrid(Random.fromSeed(3), 80 * D));
      assertEquals(backend.allocatedBytes, held);
      using part = sae.prefix(3);
      await part.reconstruct(batch);
      for (let rows = 1; rows <= 8; rows++) await sae.reconstruct(batch.slice(0, rows * D));
    }
    assertEquals(backend.allocatedBytes, 0);
  });

  Deno.test(`an autoencoder disposed during a call on ${name} refuses the rest and frees all`, async () => {
    using backend = await create();
    const sae = SparseAutoencoder.fromParameters(backend, parameters, { chunkRows: 2 });
    const part = sae.prefix(3);
    const calls = [sae.encode(batch), sae.reconstruct(batch), part.encode(batch)];
    await Promise.resolve();
    sae[Symbol.dispose]();
    for (const call of calls) await assertRejects(() => call, Error, "disposed");
    part[Symbol.dispose]();
    assertEquals(backend.allocatedBytes, 0);
  });
}

Deno.test("programs of only a few batch sizes are kept", async () => {
  using backend = await createBackend("reference");
  using sae = SparseAutoencoder.fromParameters(backend, parameters, { chunkRows: 30 });
  const bytes: number[] = [];
  for (let rows = 30; rows > 0; rows--) {
    await sae.encode(new Float32Array(rows * D).fill(1));
    bytes.push(backend.allocatedBytes);
  }
  assert(bytes[3] > bytes[0]);
  assert(bytes.slice(4).every((held) => held < bytes[3]), `${bytes}`);
});

Deno.test("concurrent calls give the same results as calls one by one", async () => {
  using backend = await createBackend("wasm");
  using sae = SparseAutoencoder.fromParameters(backend, parameters, { chunkRows: 4 });
  const random = Random.fromSeed(4);
  const batches = [1, 5, 9, 3, 5].map((rows) => onGrid(random, rows * D));
  const apart: Float32Array[] = [];
  for (const each of batches) apart.push(await sae.reconstruct(each));
  const bad = sae.reconstruct(new Float32Array(1));
  const together = await Promise.all(batches.map((each) => sae.reconstruct(each)));
  await assertRejects(() => bad, RangeError);
  assertEquals(together, apart);
});

Deno.test("encodeRows() and reconstructRows() request a batch when the one before has been consumed", async () => {
  using backend = await createBackend("reference");
  using sae = SparseAutoencoder.fromParameters(backend, parameters);
  const log: string[] = [];
  function* batches() {
    for (const rows of [2, 3]) {
      log.push(`given ${rows}`);
      yield batch.slice(0, rows * D);
    }
  }
  for await (const { rows } of sae.encodeRows(batches())) log.push(`encoded ${rows}`);
  for await (const rows of sae.reconstructRows(batches(), { prefix: 3 })) {
    log.push(`${rows.length / D} rows`);
    assertEquals(rows, await sae.reconstruct(batch.slice(0, rows.length), { prefix: 3 }));
  }
  assertEquals(log, [
    ...["given 2", "encoded 2", "given 3", "encoded 3"],
    ...["given 2", "2 rows", "given 3", "3 rows"],
  ]);
});

Deno.test("encode() and decode() name invalid input", async (t) => {
  using backend = await createBackend("wasm");
  using sae = SparseAutoencoder.fromParameters(backend, parameters, { chunkRows: 2 });
  const codes = await sae.encode(batch);
  const withRow = (row: number, value: number) =>
    batch.map((x, i) => Math.floor(i / D) === row ? value : x);
  const changed = (change: Partial<SparseCodes>) => ({ ...codes, ...change });
  const normalising = SparseAutoencoder.fromParameters(backend, parameters, {
    inputNormalization: { kind: "rowNorm" },
  });
  using _ = normalising;
  const units = { scale: new Float32Array(9), shift: new Float32Array(9) };
  const cases: [() => Promise<unknown>, typeof Error, string][] = [
    [() => sae.encode(withRow(5, NaN)), RangeError, "Cannot encode: row 5 of the batch has NaN"],
    [() => sae.encode(withRow(7, Infinity)), RangeError, "row 7 of the batch has Infinity"],
    [() => sae.encode(withRow(6, 3e38)), RangeError, "of row 6 of the batch is Infinity"],
    [() => sae.encode(batch.subarray(1)), RangeError, "35 values, not a multiple of inputSize 4"],
    [() => sae.encode(new Float32Array()), RangeError, "the batch has no rows"],
    [() => sae.encode([1, 2, 3, 4] as never), TypeError, "the batch must be a Float32Array"],
    [() => sae.decode(codes, { prefix: 0 }), RangeError, "prefix must be an integer of at least 1"],
    [() => sae.decode(codes, { prefix: 11 }), RangeError, "prefix 11 exceeds latentCount 10"],
    [() => sae.decode(codes, { prefix: "3" as never }), TypeError, "prefix must be a number"],
    [() => sae.decode(codes, 3 as never), TypeError, "options must be an object but is 3 (number)"],
    [
      () => sae.decode(changed({ latentCount: 11 })),
      RangeError,
      "of 11 latents but the autoencoder",
    ],
    [
      () => sae.decode(changed({ rows: 8 })),
      RangeError,
      "8 rows need 9 rowOffsets but there are 10",
    ],
    [
      () => sae.decode(changed({ values: codes.values.map(() => NaN) })),
      RangeError,
      "element 0 of values is NaN",
    ],
    [
      () => sae.decode(changed({ values: codes.values.map(() => 3e38) })),
      RangeError,
      "Cannot decode: the reconstruction of row ",
    ],
    [
      () => sae.decode(changed({ rowUnits: units })),
      RangeError,
      "have rowUnits but the inputNormal",
    ],
    [() => normalising.decode(codes), RangeError, "the codes lack rowUnits"],
    [
      () => normalising.decode(changed({ rowUnits: { ...units, scale: new Float32Array(2) } })),
      RangeError,
      "9 rows need as many rowUnits.scale but there are 2",
    ],
    [
      () => normalising.encode(withRow(3, 0)),
      RangeError,
      "row 3 of the batch cannot be normalised",
    ],
    [() => sae.reconstruct(withRow(1, NaN)), RangeError, "Cannot reconstruct: row 1 of the batch"],
  ];
  for (const [call, kind, message] of cases) {
    await t.step(message, async () => {
      await assertRejects(call, kind, message);
    });
  }
  assertEquals(
    (await sae.decode({
      ...codes,
      rows: 0,
      rowOffsets: new Uint32Array(1),
      indices: new Uint32Array(),
      values: new Float32Array(),
    })).length,
    0,
  );
  // After all these errors it works as before.
  assertEquals(await sae.encode(batch), codes);
});

Deno.test("fromParameters() and fromSae() name invalid arguments", async () => {
  using backend = await createBackend("reference");
  const make = (options: object, more: Partial<SaeParameters> = {}) => () =>
    SparseAutoencoder.fromParameters(backend, { ...parameters, ...more }, options);
  const sae: Sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: false };
  const cases: [() => unknown, typeof Error, string][] = [
    [make({ activation: { kind: "topk", k: 11 } }), RangeError, "k 11 exceeds latentCount 10"],
    [make({ prefixes: [3, 9] }), RangeError, "prefixes must end at latentCount 10 but end at 9"],
    [make({ chunkRows: 0 }), RangeError, "chunkRows must be an integer of at least 1 but is 0"],
    [make({}, { decoder: new Float32Array(3) }), RangeError, "decoder"],
    [make({ inputNormalization: { kind: "meanNorm" } }), RangeError, "foldInputScale"],
    [
      make({ inputNormalization: { kind: "some" } }),
      TypeError,
      "inputNormalization.kind must be one of",
    ],
    [
      make({ inputNormalization: { kind: "layerNorm", epsilon: -1 } }),
      RangeError,
      "inputNormalization.epsilon must be at least 0 but is -1",
    ],
    [
      () =>
        SparseAutoencoder.fromSae(backend, { ...sae, inputNormalization: { kind: "meanNorm" } }),
      RangeError,
      "inputScale must be given but is undefined",
    ],
    [
      () => SparseAutoencoder.fromSae(backend, sae, { inputScale: 2 }),
      RangeError,
      'inputScale is 2 but only a "meanNorm"',
    ],
    [
      () => SparseAutoencoder.fromParameters(createBackend() as never, parameters),
      TypeError,
      "backend must be a Backend but is a Promise",
    ],
  ];
  for (const [call, kind, message] of cases) assertThrows(call, kind, message);
  assertEquals(backend.allocatedBytes, 0);
});

Deno.test("a disposed autoencoder and its prefixes refuse calls", async () => {
  using backend = await createBackend("reference");
  const whole = SparseAutoencoder.fromParameters(
    backend,
    initialParameters(D, N, Random.fromSeed(1)),
  );
  const half = whole.prefix(5);
  const codes = await half.encode(batch);
  using tiny = half.prefix(2);
  half[Symbol.dispose]();
  await assertRejects(() => tiny.encode(batch), Error, "that this is a prefix of is disposed");
  assert((await whole.encode(batch)).rows === 9);
  whole[Symbol.dispose]();
  await assertRejects(
    () => whole.encode(batch),
    Error,
    "Cannot encode: the autoencoder is disposed",
  );
  await assertRejects(
    () => half.decode(codes),
    Error,
    "Cannot decode: the autoencoder is disposed",
  );
  await assertRejects(() => whole.parameters(), Error, "Cannot give parameters: ");
  assertThrows(() => whole.prefix(2), Error, "Cannot take a prefix of the autoencoder: ");
  assertEquals([whole.inputSize, whole.latentCount, whole.activation.kind], [D, N, "relu"]);
});
