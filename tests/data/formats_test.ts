/** Activations in the containers of NumPy and PyTorch, and in any memory order. */
import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { activationBatches, describeActivations } from "../../src/data/activations.ts";
import { ShuffledActivations } from "../../src/data/shuffled_activations.ts";
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { encodeZip } from "../../src/io/zip/zip_writing.ts";
import { crc32 } from "../../src/base/crc32.ts";
import { readZip } from "../../src/io/zip/zip_reading.ts";
import { deflate, type OddEntry, oddZip } from "../io/zip/deflate.ts";
import { op, saveStateDict, tensorOp, torchFile } from "../io/torch/torch_writer.ts";
import { interopFiles } from "../io/formats/golden_files.ts";
import { count, deflated, npyBytes, npyHeader, stored, upTo } from "./containers.ts";
import { collect, counted } from "./shards.ts";

const rowsOf = async (source: ByteSource, tensor?: string) =>
  (await collect(activationBatches([source], { batchRows: 2, partial: true, tensor }))).flat();

Deno.test("arrays are read row by row whatever their order, dimensions and container", async () => {
  for (const shape of [[5, 3], [1, 4], [4, 1], [2, 3, 4], [3, 1, 2]]) {
    for (const descr of ["<f4", "<f8"]) {
      for (const fortran of [false, true]) {
        const bytes = npyBytes(shape, { fortran, descr });
        const sources = [
          sourceFromBytes(bytes, "a.npy"),
          stored({ x: bytes }),
          await deflated({ x: bytes }),
        ];
        for (const source of sources) {
          const place = `[${shape}] ${descr} ${fortran} ${source.name}`;
          assertEquals([place, await rowsOf(source)], [place, [...upTo(count(shape))]]);
        }
      }
    }
  }
});

Deno.test("the description says which array is read, and that two dimensions are read as rows", async () => {
  const { rows, inputSize, shards } = await describeActivations([
    sourceFromBytes(npyBytes([2, 3, 4]), "a.npy"),
    stored({ x: npyBytes([5, 4]), ids: npyBytes([5], { descr: "<i8" }) }, "b.npz"),
  ]);
  assertEquals([rows, inputSize], [11, 4]);
  assertEquals(shards, [
    { name: "a.npy", format: "npy", dtype: "F32", rows: 6, shape: [2, 3, 4] },
    { name: "b.npz", format: "npz", tensor: "x", dtype: "F32", rows: 5 },
  ]);
});

Deno.test("of several arrays of an .npz the named one is read, otherwise activations", async () => {
  const arrays = {
    ids: npyBytes([4], { descr: "<i8" }),
    activations: npyBytes([2, 2]),
    other: npyBytes([1, 3]),
  };
  assertEquals(await rowsOf(stored(arrays)), [0, 1, 2, 3]);
  assertEquals(await rowsOf(stored(arrays), "other"), [0, 1, 2]);
  await assertRejects(
    () => rowsOf(stored({ ...arrays, activations: npyBytes([4], { descr: "<i8" }) })),
    TypeError,
    'its descr is "<i8" but must be <f2',
  );
  const { activations, ...rest } = arrays;
  await assertRejects(
    () => rowsOf(stored({ ...rest, more: activations })),
    RangeError,
    'Cannot choose the activations of a.npz: of its tensors none is called "activations" and 2 are ' +
      'float matrices: "ids" <i8 [4], "other" F32 [1,3], "more" F32 [2,2]',
  );
  await assertRejects(() => rowsOf(stored(arrays), "y"), RangeError, 'none is called "y": "ids"');
  await assertRejects(
    () => rowsOf(sourceFromBytes(encodeZip([["notes.txt", new Uint8Array(3)]]), "a.zip")),
    TypeError,
    "Cannot read activations from a.zip: it is a zip file but holds neither .npy arrays nor",
  );
});

Deno.test("files of torch.save are read: a tensor, a dict of tensors, every float format, views", async () => {
  const data = upTo(12);
  for (const dtype of ["F16", "BF16", "F32", "F64"] as const) {
    const tensor = { shape: [3, 4], data, dtype };
    const alone = torchFile([...op.start, ...tensorOp("0", tensor), ...op.stop], [tensor]);
    assertEquals(await rowsOf(sourceFromBytes(alone, "x.pt")), [...data]);
    const dict = saveStateDict({ ids: { shape: [3], data: upTo(3), dtype: "I64" }, x: tensor });
    const source = sourceFromBytes(dict, "x.pt");
    assertEquals(await rowsOf(source), [...data]);
    assertEquals((await describeActivations([source])).shards, [
      { name: "x.pt", format: "torch", tensor: "x", dtype, rows: 3 },
    ]);
  }
  const views: [number[], number[], number[]][] = [
    [[4, 3], [1, 4], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]], // transposed
    [[2, 2, 3], [6, 3, 1], [...upTo(12)]],
    [[2, 2, 2], [6, 3, 1], [0, 1, 3, 4, 6, 7, 9, 10]], // a slice
    [[2, 2, 3], [3, 6, 1], [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]], // batch and seq exchanged
    [[3, 2], [4, 2], [0, 2, 4, 6, 8, 10]], // every other value
    [[2, 3, 2], [1, 4, 2], [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]],
  ];
  for (const [shape, strides, expected] of views) {
    const file = saveStateDict({ activations: { shape, strides, data } });
    assertEquals(await rowsOf(sourceFromBytes(file, "v.pt")), expected, `${shape} ${strides}`);
  }
});

Deno.test("a file that PyTorch wrote is read", async () => {
  const { "ae.pt": file } = await interopFiles("dictionary_learning_matryoshka");
  const { rows, inputSize, shards } = await describeActivations(
    [sourceFromBytes(file, "ae.pt")],
    { tensor: "W_enc" },
  );
  assertEquals(shards[0].format, "torch");
  const values = await rowsOf(sourceFromBytes(file, "ae.pt"), "W_enc");
  assertEquals(values.length, rows * inputSize);
  assert(new Set(values).size > values.length / 2);
});

Deno.test("other contents of torch.save are refused by name", async () => {
  const file = (pickle: number[]) => sourceFromBytes(torchFile(pickle), "x.pt");
  await assertRejects(
    () => rowsOf(file([...op.start, 0x5d, ...op.stop])),
    TypeError,
    "Cannot read activations from x.pt: it must hold a tensor or a dict of tensors but holds a list",
  );
  await assertRejects(
    () => rowsOf(sourceFromBytes(new Uint8Array([0x80, 2, 0x8a, 10, 0x6c]), "old.pt")),
    TypeError,
    "it is a pickle, not a zip file: save it with torch.save of PyTorch 1.6 or later",
  );
  await assertRejects(
    () => rowsOf(file([...op.start, ...op.global("os", "system"), ...op.stop])),
    TypeError,
    "it names the global os.system, which a file of tensors does not need",
  );
  const turned = { shape: [2, 3], strides: [1, 2], data: upTo(6) };
  const zip = torchFile([...op.start, ...tensorOp("0", turned), ...op.stop], [turned]);
  const packed: OddEntry[] = [];
  for (const [name, { source }] of await readZip(sourceFromBytes(zip))) {
    const bytes = await source.read(0, source.size);
    const [size, crc] = [bytes.length, crc32(bytes)];
    packed.push({ name, bytes: await deflate(bytes), method: 8, size, crc });
  }
  await assertRejects(
    () => rowsOf(sourceFromBytes(oddZip(packed), "p.pt")),
    TypeError,
    "the tensor of p.pt: its storage is compressed and its strides are [1,2], not those of whole rows",
  );
  const ids = saveStateDict({ activations: { shape: [2, 2], data: upTo(4), dtype: "I64" } });
  await assertRejects(
    () => rowsOf(sourceFromBytes(ids, "i.pt")),
    TypeError,
    'Cannot read activations from tensor "activations" of i.pt: its dtype is I64 but only F16',
  );
});

Deno.test("rows of a stored array are read by range", async () => {
  const bytes = npyBytes([1000, 64]);
  const rows = { from: 700, to: 710 };
  const zip = counted(stored({ x: bytes }));
  const batches = await collect(activationBatches([zip], { batchRows: 10, rows }));
  assertEquals(batches[0][0], 700 * 64);
  assertLess(zip.reads.reduce((a, b) => a + b, 0), 80_000);
});

Deno.test("the columns of a matrix in Fortran order are read a range of rows at a time", async () => {
  const source = counted(sourceFromBytes(npyBytes([3000, 8], { fortran: true }), "f.npy"));
  const rows = { from: 1000, to: 1004 };
  const [batch] = await collect(activationBatches([source], { batchRows: 4, rows }));
  assertEquals(batch, [...upTo(1004 * 8).subarray(8000)]);
  assertEquals(source.reads.filter((length) => length === 16).length, 8);
});

Deno.test("a small file that inflates a thousandfold is inflated only as far as it is read", async () => {
  const [rows, d] = [16384, 512];
  const zeros = new Blob([npyHeader([rows, d]), ...Array(32).fill(new Uint8Array(2 ** 20))]);
  const stream = zeros.stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const file = oddZip([{ name: "x.npy", bytes, method: 8, size: zeros.size, crc: 7 }]);
  assertLess(600 * file.length, zeros.size);
  const zip = counted(sourceFromBytes(file, "z.npz"));
  let seen = 0;
  const read = async () => {
    for await (const batch of activationBatches([zip], { batchRows: 1024 })) {
      if (seen === 0) zip.reads.length = 0;
      seen += batch.length;
      // An inflated chunk of 16 KiB gives eight batches.
      const chunks = zip.reads.filter((length) => length === 16384).length;
      assertLess(chunks, seen / (8 * 1024 * d) + 2);
    }
  };
  // The checksum is known, and here refused, at the very end.
  await assertRejects(read, RangeError, "but must be 7");
  assertLess(rows * d - seen, 4 * 1024 * d);
});

Deno.test("a shuffle of deflated arrays can be resumed", async () => {
  const files = [await deflated({ x: npyBytes([40, 3]) }), await deflated({ x: npyBytes([9, 3]) })];
  const options = { batchRows: 4, bufferRows: 16, seed: 3 };
  const batches = await ShuffledActivations.open(files, options);
  for (let i = 0; i < 15; i++) await batches.next();
  const state = batches.state();
  const resumed = await ShuffledActivations.resume(files, options, state);
  for (let i = 0; i < 15; i++) assertEquals(await resumed.next(), await batches.next());
});
