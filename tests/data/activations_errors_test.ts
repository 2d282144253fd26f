import { assertEquals, assertRejects } from "@std/assert";
import { activationBatches, describeActivations } from "../../src/data/activations.ts";
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { encodeSafetensors } from "../../src/io/arrays/safetensors.ts";
import { collect, counting, npy, safetensors, three } from "./shards.ts";

Deno.test("of several tensors the named one is read, otherwise activations, otherwise the only matrix", async () => {
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

Deno.test("tensors other than float matrices are refused", async () => {
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
  const four = { shape: [1, 2, 1, 1], data: new Float32Array(2) };
  await assertRejects(
    () => describeActivations([sourceFromBytes(encodeSafetensors({ activations: four }), "four")]),
    RangeError,
    "Cannot read activations from four: their shape must be [rows, inputSize] or " +
      "[batch, seq, inputSize], each at least 1, but is [1,2,1,1]",
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
      "Cannot read activations from none: their shape must be [rows, inputSize]",
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

Deno.test("an error about NaN or infinity names the file and its row", async () => {
  for (
    const [value, said] of [
      [NaN, "must be finite but holds NaN in column 1"],
      [-Infinity, "must be finite but holds -Infinity in column 1"],
      [-1e300, "holds -1e+300 in column 1, which does not fit float32"],
      [3.5e38, "holds 3.5e+38 in column 1, which does not fit float32"],
    ] as const
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
      `Cannot use the activations of b.npy: row 3 ${said}`,
    );
    assertEquals(seen, [6, 6]);
    await read({ to: 7 });
    await assertRejects(() => read({ from: 6 }), RangeError, `b.npy: row 3 ${said}`);
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
  const foreign = "Cannot read activations from table.csv: it is not .npy, .npz, safetensors";
  for (
    const [text, message] of [
      ["a,b,c\n1,2,3\n", foreign],
      ["", foreign],
      ["12345678", foreign],
      ["PK\x03\x04", "Cannot read table.csv: it has no zip directory at its end"],
    ]
  ) {
    const source = sourceFromBytes(new TextEncoder().encode(text), "table.csv");
    await assertRejects(() => describeActivations([source]), TypeError, message);
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
