import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readPickle } from "../../../src/io/torch/pickle.ts";
import { torchHost } from "../../../src/io/torch/torch_pickle.ts";
import { loadSae } from "../../../src/io/formats/mod.ts";
import { op, saveStateDict, tensorOp, torchFile } from "./torch_writer.ts";

const read = (...opcodes: number[][]) =>
  readPickle(Uint8Array.from(opcodes.flat()), "data.pkl", torchHost("data.pkl"));
const data = (length: number) => Float32Array.from({ length }, (_, i) => i);

Deno.test("readPickle() refuses every global outside the list by its name and calls nothing", () => {
  for (
    const [module, name] of [
      ["os", "system"],
      ["builtins", "eval"],
      ["builtins", "getattr"],
      ["torch", "load"],
      ["torch._utils", "_rebuild_tensor_v2.__globals__"],
      ["torch.hub", "load"],
      ["collections", "OrderedDict.fromkeys"],
      ["numpy.core.multiarray", "_reconstruct"],
    ]
  ) {
    const named = `it names the global ${module}.${name}`;
    const message = `Cannot read data.pkl: ${named}, which a file of tensors does not need`;
    assertThrows(() => read(op.start, op.global(module, name), op.stop), TypeError, message);
    const stacked = [op.start, op.text(module), op.text(name), [0x93], op.stop];
    assertThrows(() => read(...stacked), TypeError, message);
  }
});

Deno.test("readPickle() refuses opcodes that plain data does not need", () => {
  // INST, OBJ, NEWOBJ, EXT1, BUILD's friends, persistent ids and numbers as text, Python 2's strings.
  for (const opcode of [0x69, 0x6f, 0x81, 0x92, 0x82, 0x50, 0x49, 0x53, 0x55, 0x8b, 0x00, 0xff]) {
    const hex = opcode.toString(16).padStart(2, "0");
    assertThrows(() => read(op.start, [opcode]), TypeError, `opcode 0x${hex} at byte 2`);
  }
});

for (
  const [title, opcodes, message] of [
    ["nothing", [], "cut off at byte 0"],
    ["a pickle without end", [op.start, [0x4e]], "cut off at byte 3"],
    ["an empty stack", [op.start, op.stop], "takes 1 values but there are 0"],
    ["values below a mark", [op.start, [0x4e, 0x28, 0x85]], "takes 1 values but there are 0"],
    ["a missing mark", [op.start, [0x74]], "up to a mark but there is none"],
    ["a missing memo", [op.start, [0x68, 7]], "recalls memo 7"],
    ["text that is cut off", [op.start, [0x58, 255, 255, 255, 255]], "cut off"],
    ["text that is not UTF-8", [op.start, [0x8c, 1, 0xff]], "is not UTF-8"],
    ["a name without end", [op.start, [0x63, 97, 98]], "does not end"],
    ["protocol 0", [[0x80, 0]], "protocol is 0"],
    ["a call of a dict", [op.start, [0x7d, 0x29, 0x52]], "calls a dict with a tuple"],
    [
      "a call of a storage",
      [op.start, op.global("torch", "FloatStorage"), [0x29, 0x52]],
      "calls torch.FloatStorage",
    ],
    ["attributes of a tuple", [op.start, [0x29, 0x7d, 0x62]], "but not of a dict by a dict"],
    ["items of a list", [op.start, [0x5d, 0x4e, 0x4e, 0x73]], "sets items of a list"],
    ["an item for a tuple", [op.start, [0x29, 0x4e, 0x61]], "appends to a tuple"],
    ["a dict as key", [op.start, [0x7d, 0x7d, 0x4e, 0x73]], "the key of a dict is a dict"],
    [
      "a key twice",
      [op.start, op.dict(op.text("a"), [0x4e], op.text("a"), [0x4e])],
      'key "a" twice',
    ],
    [
      "a key without a value",
      [op.start, op.dict(op.text("a"))],
      "sets a key of a dict without a value",
    ],
    ["a foreign object", [op.start, op.text("x"), [0x51]], "not a storage"],
    ["an enormous number", [op.start, [0x8a, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]], "of 9 bytes"],
    ["an unsafe number", [op.start, [0x8a, 8, 1, 1, 1, 1, 1, 1, 1, 1]], "it has the integer"],
    ["bytes after its end", [op.start, [0x4e, 0x2e, 0x4e]], "it has 1 bytes after its end"],
    ["a thousand marks", [op.start, Array(1000).fill(0x28)], "beyond 256 marks"],
    ["a hundred thousand values", [op.start, Array(100_000).fill(0x4e)], "beyond 65536 values"],
    ["seventy thousand memos", [op.start, [0x4e], Array(70_000).fill(0x94)], "beyond 65536 memos"],
  ] as [string, number[][], string][]
) {
  Deno.test(`readPickle() refuses ${title}`, () => {
    assertThrows(() => read(...opcodes), RangeError, `Cannot read data.pkl: `);
    assertThrows(() => read(...opcodes), RangeError, message);
  });
}

Deno.test("readPickle() does not follow a list that holds itself", () => {
  const value = read(op.start, [0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]);
  assertEquals(typeof value === "object" && value?.kind, "list");
});

Deno.test("a tensor stays within its storage", () => {
  const tensor = (changes: object) => () =>
    read(op.start, tensorOp("0", { shape: [2, 3], data: data(6), ...changes }), op.stop);
  tensor({})();
  tensor({ strides: [1, 2] })();
  for (
    const changes of [
      { shape: [3, 3] },
      { strides: [3, 2] },
      { storageCount: 5 },
      // One value many times.
      { shape: [1000, 1000], strides: [0, 0] },
      { shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0] },
    ]
  ) {
    assertThrows(tensor(changes), RangeError, "goes beyond its storage");
  }
  assertThrows(tensor({ shape: [-1, 3] }), RangeError, "at most 8 integers of at least 0");
  assertThrows(tensor({ strides: [1] }), RangeError, "has the strides [1]");
});

const autoEncoder = () => ({
  "bias": { shape: [2], data: data(2) },
  "encoder.weight": { shape: [3, 2], data: data(6) },
  "encoder.bias": { shape: [3], data: data(3) },
  "decoder.weight": { shape: [2, 3], data: data(6) },
});

Deno.test("loadSae() reads a saved state dict of a module", async () => {
  const sae = await loadSae(saveStateDict(autoEncoder()));
  assertEquals(sae.source.kind, "AutoEncoder");
  assertEquals(sae.parameters.encoder, data(6));
  assertEquals(sae.parameters.decoder, new Float32Array([0, 3, 1, 4, 2, 5]));
});

Deno.test("loadSae() reads tensors that were saved transposed, as they lie in memory", async () => {
  const tensors = {
    ...autoEncoder(),
    "decoder.weight": { shape: [2, 3], data: data(6), strides: [1, 2] },
  };
  assertEquals((await loadSae(saveStateDict(tensors))).parameters.decoder, data(6));
});

Deno.test("loadSae() refuses torch files with other contents", async () => {
  const refuse = (file: Uint8Array, message: string) =>
    assertRejects(() => loadSae({ "ae.pt": file }), Error, message);
  await refuse(torchFile([...op.start, 0x4e, ...op.stop]), "must hold a state dict but holds None");
  await refuse(torchFile([...op.start, ...op.dict(), ...op.stop]), "its format is unknown");
  const { bias: _, ...rest } = autoEncoder();
  await refuse(saveStateDict(rest), "its tensors fit several classes");
  await refuse(saveStateDict({ ...autoEncoder(), r_mag: autoEncoder().bias }), '"r_mag" besides');
  await refuse(
    saveStateDict({ ...autoEncoder(), bias: { shape: [2], data: new Float32Array([0, NaN]) } }),
    "element 1 of decoderBias is NaN",
  );
  await refuse(
    saveStateDict({ ...autoEncoder(), bias: { shape: [3], data: data(3) } }),
    "bias must be [2] beside decoder.weight [2,3] but is [3]",
  );
  await refuse(
    saveStateDict({ ...autoEncoder(), bias: { shape: [2], data: data(2), storageCount: 3 } }),
    "need 12 bytes but it has 8",
  );
});
