import { assertEquals, assertRejects } from "@std/assert";
import { activationBatches, describeActivations } from "../../src/data/activations.ts";
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { decodeFloats, type FloatDType } from "../../src/io/arrays/floats.ts";
import { encodeSafetensors } from "../../src/io/arrays/safetensors.ts";

type Rows = number[][];

/** rows × d with the values first, first + 1, … */
const counting = (rows: number, d: number, first: number): Rows =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: d }, (_, k) => first + i * d + k));

function safetensors(
  name: string,
  x: Rows,
  { tensor = "activations", dtype = "F32" as FloatDType, extra = {} } = {},
): ByteSource {
  const shape = [x.length, x[0]?.length ?? 2];
  const tensors = { [tensor]: { shape, data: new Float32Array(x.flat()), dtype }, ...extra };
  return sourceFromBytes(encodeSafetensors(tensors), name);
}

/** A .npy file of float64. */
function npy(name: string, x: Rows, shape = `(${x.length}, ${x[0].length})`): ByteSource {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const data = new Uint8Array(new Float64Array(x.flat()).buffer);
  const start = [0x93, ...new TextEncoder().encode("NUMPY\x01\x00\x76\x00" + header)];
  return sourceFromBytes(new Uint8Array([...start, ...data]), name);
}

/** Counts what is read; `data` is what was read after the headers, by the number of bytes. */
function counted(source: ByteSource): ByteSource & { reads: number[] } {
  const reads: number[] = [];
  return {
    name: source.name,
    size: source.size,
    reads,
    read: (offset, length) => source.read(offset, (reads.push(length), length)),
  };
}

async function collect(batches: AsyncIterable<Float32Array>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batch of batches) all.push([...batch]);
  return all;
}

const three = (): ByteSource[] => [
  safetensors("a.safetensors", counting(3, 2, 0), { dtype: "F16" }),
  npy("b.safetensors", counting(1, 2, 6)), // mislabelled: the content decides
  safetensors("c", counting(4, 2, 8), { dtype: "BF16" }),
];

Deno.test("activationBatches() goes on across shards of different formats", async () => {
  assertEquals(await collect(activationBatches(three(), { batchRows: 4 })), [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [8, 9, 10, 11, 12, 13, 14, 15],
  ]);
});

Deno.test("activationBatches() drops the last partial batch unless asked for it", async () => {
  assertEquals((await collect(activationBatches(three(), { batchRows: 3 }))).length, 2);
  assertEquals(await collect(activationBatches(three(), { batchRows: 3, partial: true })), [
    [0, 1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10, 11],
    [12, 13, 14, 15],
  ]);
});

Deno.test("activationBatches() counts a range of rows across all shards", async () => {
  const read = (from: number | undefined, to: number | undefined, batchRows: number) =>
    collect(activationBatches(three(), { batchRows, rows: { from, to }, partial: true }));
  for (let from = 0; from < 8; from++) {
    for (let to = from + 1; to <= 8; to++) {
      const values = (await read(from, to, 2)).flat();
      assertEquals(values, counting(to - from, 2, from * 2).flat(), `${from} to ${to}`);
    }
  }
  assertEquals(await read(7, undefined, 5), [[14, 15]]);
  assertEquals(await read(undefined, 1, 5), [[0, 1]]);
  await assertRejects(
    () => read(5, 9, 2),
    RangeError,
    "Cannot read rows 5 to 9 of the activations: it has 8 rows",
  );
  await assertRejects(
    () => read(8, undefined, 2),
    RangeError,
    "Cannot read activations in batches: at least 1 row is needed but rows 8 to 8 are 0",
  );
  await assertRejects(
    () => read("5" as unknown as number, 8, 2),
    TypeError,
    'Cannot read rows of the activations: from must be a number but is "5" (string)',
  );
});

Deno.test("activationBatches() reads big-endian .npy files", async () => {
  const source = npy("big.npy", [[1, -2]]);
  const bytes = (await source.read(0, source.size)).slice();
  bytes[bytes.indexOf("<".charCodeAt(0))] = ">".charCodeAt(0);
  for (const at of [128, 136]) bytes.subarray(at, at + 8).reverse();
  const batches = activationBatches([sourceFromBytes(bytes)], { batchRows: 1 });
  assertEquals(await collect(batches), [[1, -2]]);
});

Deno.test("activationBatches() yields a new array each time", async () => {
  const batches: Float32Array[] = [];
  for await (const batch of activationBatches(three(), { batchRows: 1 })) batches.push(batch);
  assertEquals(new Set(batches.map((b) => b.buffer)).size, 8);
  for (const batch of batches) assertEquals(batch.byteLength, batch.buffer.byteLength);
});

Deno.test("activationBatches() reads at most 4 MiB at once and nothing that it drops", async () => {
  const rows = 3000, d = 1000; // 6 MB of F16
  const data = Float32Array.from({ length: rows * d }, (_, i) => i % 2048);
  const source = counted(
    sourceFromBytes(encodeSafetensors({ x: { shape: [rows, d], data, dtype: "F16" } })),
  );
  for (const batchRows of [7, 2999]) {
    source.reads.length = 0;
    let row = 0;
    for await (const batch of activationBatches([source], { batchRows })) {
      if (row === 0 && batchRows === 7) assertEquals(source.reads.length, 4); // magic, 2 of header, 1
      assertEquals([batch[0], batch.at(-1)], [data[row * d], data[(row + batchRows) * d - 1]]);
      row += batchRows;
    }
    const read = source.reads.slice(3);
    assertEquals(Math.max(...read) <= 4 << 20, true, `${read}`);
    assertEquals(read.reduce((a, b) => a + b), row * d * 2);
    assertEquals(read.length, 2);
  }
});

Deno.test("activationBatches() reads a row longer than 4 MiB in one piece", async () => {
  const d = (4 << 20) / 4 + 3;
  const data = new Float32Array(2 * d).fill(1);
  data[d] = 2;
  const source = sourceFromBytes(encodeSafetensors({ x: { shape: [2, d], data } }));
  const firsts: number[] = [];
  for await (const batch of activationBatches([source], { batchRows: 1 })) firsts.push(batch[0]);
  assertEquals(firsts, [1, 2]);
});

Deno.test("activationBatches() stops reading where its user stops", async () => {
  const sources = three().map(counted);
  for await (const _ of activationBatches(sources, { batchRows: 2 })) break;
  assertEquals(sources.map(({ reads }) => reads.length), [4, 3, 3]); // one read of data in all
});

Deno.test("of several tensors the named one is read, else activations, else the only matrix", async () => {
  const extra = {
    other: { shape: [1, 2], data: new Float32Array([8, 9]) },
    bias: { shape: [2], data: new Float32Array(2) },
  };
  const read = async (tensor: string | undefined, source: ByteSource) =>
    (await collect(activationBatches([source], { batchRows: 1, tensor }))).flat();
  const x = [[1, 2]];
  assertEquals(await read(undefined, safetensors("a", x, { extra })), [1, 2]);
  assertEquals(await read("other", safetensors("a", x, { extra })), [8, 9]);
  const { bias } = extra;
  assertEquals(await read(undefined, safetensors("a", x, { tensor: "x", extra: { bias } })), [
    1,
    2,
  ]);
  assertEquals(await read("activations", npy("a.npy", x)), [1, 2]);
  await assertRejects(
    () => read(undefined, safetensors("a", x, { tensor: "x", extra })),
    RangeError,
    'Cannot choose the activations of a: of its tensors none is called "activations" ' +
      'and 2 are float matrices: "bias" F32 [2], "other" F32 [1,2], "x" F32 [1,2]',
  );
  await assertRejects(
    () => read("y", safetensors("a", x)),
    RangeError,
    'none is called "y": "activations" F32 [1,2]',
  );
  await assertRejects(
    () => read(undefined, sourceFromBytes(encodeSafetensors({}), "empty")),
    RangeError,
    "it has none",
  );
});

Deno.test("tensors that are no float matrix are refused", async () => {
  const json = '{"activations":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]}}';
  const bytes = new Uint8Array(8 + json.length + 4);
  bytes[0] = json.length;
  bytes.set(new TextEncoder().encode(json), 8);
  await assertRejects(
    () => describeActivations([sourceFromBytes(bytes, "i.safetensors")]),
    TypeError,
    'Cannot read activations from tensor "activations" of i.safetensors: its dtype is I16 ' +
      "but only F16, BF16, F32, F64 are read",
  );
  const cube = encodeSafetensors({ activations: { shape: [1, 2, 1], data: new Float32Array(2) } });
  await assertRejects(
    () => describeActivations([sourceFromBytes(cube, "cube")]),
    RangeError,
    "Cannot read activations from cube: their shape must be [rows, inputSize], both at least 1, but is [1,2,1]",
  );
  await assertRejects(
    () => describeActivations([npy("line.npy", [[1, 2]], "(2,)")]),
    RangeError,
    "but is [2]",
  );
  const thin = encodeSafetensors({ activations: { shape: [2, 0], data: new Float32Array(0) } });
  await assertRejects(
    () => describeActivations([sourceFromBytes(thin, "thin")]),
    RangeError,
    "but is [2,0]",
  );
  const none = encodeSafetensors({ activations: { shape: [0, 2], data: new Float32Array(0) } });
  for (const source of [sourceFromBytes(none, "none"), npy("none", [], "(0, 2)")]) {
    await assertRejects(
      () => collect(activationBatches([...three(), source], { batchRows: 1, partial: true })),
      RangeError,
      "Cannot read activations from none: their shape must be [rows, inputSize], both at least 1",
    );
  }
});

Deno.test("shards of different inputSize are refused with both values, before any batch", async () => {
  const sources = [npy("a.npy", counting(4, 2, 0)), safetensors("b", counting(4, 3, 0))];
  const message = "Cannot read activations: inputSize is 2 in a.npy but 3 in b";
  await assertRejects(() => describeActivations(sources), RangeError, message);
  const batches = activationBatches(sources, { batchRows: 1 });
  await assertRejects(() => batches.next(), RangeError, message);
});

Deno.test("NaN and infinity are refused, naming the file and its row", async () => {
  for (
    const [value, said] of [[NaN, "NaN"], [-Infinity, "-Infinity"], [1e300, "Infinity"]] as const
  ) {
    const second = counting(5, 2, 0);
    second[3][1] = value;
    const sources = [npy("a.npy", counting(4, 2, 0)), npy("b.npy", second)];
    const seen: number[] = [];
    const read = async (rows?: { from?: number; to?: number }) => {
      for await (const batch of activationBatches(sources, { batchRows: 3, rows, partial: true })) {
        seen.push(batch.length);
      }
    };
    await assertRejects(
      () => read(),
      RangeError,
      `Cannot use the activations of b.npy: row 3 must be finite but holds ${said} in column 1`,
    );
    assertEquals(seen, [6, 6]);
    await read({ to: 7 });
    await assertRejects(() => read({ from: 6 }), RangeError, "b.npy: row 3 must");
  }
});

Deno.test("activationBatches() takes the largest finite values of both signs", async () => {
  const x = [[3.4028234663852886e38, -3.4028234663852886e38], [-0, 1e-45]];
  assertEquals((await collect(activationBatches([npy("a", x)], { batchRows: 2 }))).length, 1);
});

Deno.test("batchRows must be a number of rows that are there", async () => {
  for (const batchRows of [0, -1, 1.5, NaN]) {
    await assertRejects(
      () => activationBatches(three(), { batchRows }).next(),
      RangeError,
      `batchRows must be an integer of at least 1 but is ${batchRows}`,
    );
  }
  const mistakes: [object, string][] = [
    [{}, "batchRows must be a number but is undefined"],
    [{ batchRows: "2" }, 'batchRows must be a number but is "2" (string)'],
    [{ batchRows: 2, partial: "no" }, 'partial must be true or false but is "no" (string)'],
    [{ batchRows: 2, tensor: 3 }, "tensor must be a name but is 3 (number)"],
  ];
  for (const [options, message] of mistakes) {
    const batches = activationBatches(three(), options as { batchRows: number });
    await assertRejects(() => batches.next(), TypeError, message);
  }
  const one = three()[0] as unknown as ByteSource[];
  await assertRejects(
    () => describeActivations(one),
    TypeError,
    "sources must be an array of byte sources but is an object",
  );
  await assertRejects(
    () => activationBatches(three(), { batchRows: 9 }).next(),
    RangeError,
    "Cannot read activations in batches: batchRows is 9 but there are 8 rows",
  );
  await assertRejects(() => describeActivations([]), RangeError, "1 source is needed");
});

Deno.test("truncated files are refused by their reader's error, foreign ones by their kind", async () => {
  const whole = three()[1];
  const cut = sourceFromBytes(await whole.read(0, whole.size - 1), "cut.npy");
  await assertRejects(
    () => describeActivations([cut]),
    RangeError,
    "needs 16 bytes of data but it has 15",
  );
  for (const text of ["a,b,c\n1,2,3\n", "", "PK\x03\x04", "12345678"]) {
    const source = sourceFromBytes(new TextEncoder().encode(text), "table.csv");
    await assertRejects(
      () => describeActivations([source]),
      TypeError,
      "Cannot read activations from table.csv: it is neither .npy nor safetensors",
    );
  }
});

Deno.test("a file cut off after its header was read is an error, not fewer rows", async () => {
  const inner = safetensors("a", counting(4, 2, 0));
  const cut: ByteSource = {
    name: "a",
    size: inner.size,
    read: async (offset, length) => (await inner.read(offset, length)).subarray(0, 20),
  };
  const header: ByteSource = {
    ...cut,
    read: (offset, length) => offset > 8 ? cut.read(offset, length) : inner.read(offset, length),
  };
  await assertRejects(
    () => collect(activationBatches([header], { batchRows: 2 })),
    RangeError,
    "32 bytes were asked for but 20 came",
  );
});

Deno.test("describeActivations() counts rows and says how each shard keeps them", async () => {
  const sources = three().map(counted);
  assertEquals(await describeActivations(sources), {
    rows: 8,
    inputSize: 2,
    shards: [
      {
        name: "a.safetensors",
        format: "safetensors",
        tensor: "activations",
        dtype: "F16",
        rows: 3,
      },
      { name: "b.safetensors", format: "npy", dtype: "F64", rows: 1 },
      { name: "c", format: "safetensors", tensor: "activations", dtype: "BF16", rows: 4 },
    ],
  });
  assertEquals(sources.map(({ reads }) => reads.length), [3, 3, 3]);
});

/** A big-endian .npy file of these halves. */
function halvesNpy(name: string, halves: number[], d: number): ByteSource {
  const shape = `(${halves.length / d}, ${d})`;
  const header = `{'descr': '>f2', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const data = halves.flatMap((half) => [half >> 8, half & 255]);
  const start = [0x93, ...new TextEncoder().encode("NUMPY\x01\x00\x76\x00" + header)];
  return sourceFromBytes(new Uint8Array([...start, ...data]), name);
}

Deno.test("activationBatches() gives the halves of F16 files as they are", async () => {
  const sources = [
    safetensors("a.safetensors", counting(3, 2, -3), { dtype: "F16" }),
    halvesNpy("b.npy", [0x0001, 0x8000, 0x7bff, 0x3555], 2),
  ];
  const options = { batchRows: 2, partial: true } as const;
  const expected = await collect(activationBatches(sources, options));
  const halves: number[][] = [];
  for await (const batch of activationBatches(sources, { ...options, dtype: "F16" })) {
    assertEquals(batch.constructor, Uint16Array);
    halves.push([...decodeFloats(new Uint8Array(batch.buffer), "F16")]);
  }
  assertEquals(halves, expected);
});

Deno.test("activationBatches() gives no halves of other files, and no infinite ones", async () => {
  const first = (sources: ByteSource[], dtype: "F16") =>
    activationBatches(sources, { batchRows: 1, dtype }).next();
  await assertRejects(
    () => first(three(), "F16"),
    TypeError,
    "Cannot read activations in batches: dtype is F16 but b.safetensors is F64",
  );
  await assertRejects(
    () => first([halvesNpy("b.npy", [0, 0xfc00], 2)], "F16"),
    RangeError,
    "Cannot use the activations of b.npy: row 0 must be finite but holds -Infinity in column 1",
  );
  await assertRejects(() => first(three(), "BF16" as "F16"), TypeError, 'but is "BF16" (string)');
});
