import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { type ByteSource, sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import { crc32 } from "../../../src/base/crc32.ts";
import { inflatedLimit, readWhole, readZip } from "../../../src/io/zip/zip_reading.ts";
import { loadSae } from "../../../src/io/formats/mod.ts";
import { encodeZip } from "../../../src/io/zip/zip_writing.ts";
import { deflate, type OddEntry, oddZip } from "./deflate.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const source = (bytes: Uint8Array) => sourceFromBytes(bytes, "a.zip");

async function contents(zip: ByteSource): Promise<Record<string, Uint8Array>> {
  const found: Record<string, Uint8Array> = {};
  for (const [name, entry] of await readZip(zip)) {
    const whole = await readWhole(entry);
    found[name] = await whole.read(0, whole.size);
  }
  return found;
}

function refused(
  bytes: Uint8Array,
  Kind: new (message: string) => Error,
  message: string,
): Promise<Error> {
  return assertRejects(() => contents(source(bytes)), Kind, message);
}

Deno.test("crc32() gives the check value of its polynomial", () => {
  assertEquals(crc32(utf8("123456789")), 0xcbf43926);
  assertEquals(crc32(new Uint8Array(0)), 0);
  assertEquals(crc32(utf8("1234567")), 0x5003699f);
});

Deno.test("readZip() gives back what encodeZip() wrote", async () => {
  const entries = { "a/b.txt": utf8("hello"), "ü": utf8(""), "c": new Uint8Array(70_000).fill(3) };
  assertEquals(await contents(source(encodeZip(Object.entries(entries)))), entries);
  assertEquals(await contents(source(encodeZip([]))), {});
});

Deno.test("readZip() inflates entries in part or as a whole", async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
  const zip = oddZip([{
    name: "x",
    bytes: await deflate(bytes),
    method: 8,
    size: bytes.length,
    crc: crc32(bytes),
  }]);
  const entry = (await readZip(source(zip))).get("x")!;
  assertEquals(await entry.source.read(1000, 50), bytes.slice(1000, 1050));
  assertEquals(await entry.source.read(0, bytes.length), bytes);
});

Deno.test("readZip() refuses a file that is cut off anywhere", async () => {
  const zip = encodeZip([["a", utf8("hello")], ["b", utf8("world")]]);
  for (let length = 0; length < zip.length; length++) {
    await refused(zip.slice(0, length), TypeError, "Cannot read a.zip: it has no zip directory");
  }
});

Deno.test("readZip() refuses names that leave the folder", async () => {
  for (
    const name of [
      "../a",
      "a/../../b",
      "/etc/passwd",
      "C:\\x",
      "a\\b",
      "./a",
      "a/./b",
      ".",
      "a\0b",
      "",
    ]
  ) {
    await refused(oddZip([{ name, bytes: utf8("") }]), RangeError, "is not a plain relative path");
  }
});

const one: OddEntry = { name: "a", bytes: utf8("hello") };
const deflated = {
  name: "a",
  bytes: await deflate(new Uint8Array(100_000)),
  method: 8,
  size: 100_000,
  crc: crc32(new Uint8Array(100_000)),
};

for (
  const [title, entries, Kind, message] of [
    ["two entries of one name", [one, one], RangeError, 'it has two entries "a"'],
    ["an encrypted entry", [{ ...one, flags: 1 }], TypeError, "a of a.zip: it is encrypted"],
    ["a strongly encrypted entry", [{ ...one, flags: 64 }], TypeError, "it is encrypted"],
    ["another method", [{ ...one, method: 12 }], TypeError, "method is 12 but must be 0 (stored)"],
    [
      "entries that overlap",
      [one, { ...one, name: "b", offset: 0, localName: "b" }],
      RangeError,
      "its name in the header differs",
    ],
    [
      "one entry for two",
      [one, { name: "b", bytes: utf8(""), compressed: 5, size: 5, offset: 0 }],
      RangeError,
      "its name in the header differs",
    ],
    [
      "an entry beyond the directory",
      [{ ...one, size: 500, compressed: 500 }],
      RangeError,
      "it ends at byte 531 but the directory begins at 36",
    ],
    [
      "an offset beyond the directory",
      [{ ...one, offset: 999 }],
      RangeError,
      "its header is at byte 999",
    ],
    [
      "a stored entry of two lengths",
      [{ ...one, size: 4 }],
      RangeError,
      "stored in 5 bytes but announces 4",
    ],
    ["a changed byte", [{ ...one, crc: 7 }], RangeError, "but must be 7"],
    [
      "a zip bomb by announcement",
      [{ ...deflated, size: 2 ** 31 }],
      RangeError,
      "announces 2147483648 bytes",
    ],
    [
      "a zip bomb behind its announcement",
      [{ ...deflated, size: 1000 }],
      RangeError,
      "more than the 1000 bytes",
    ],
    [
      "less than announced",
      [{ ...deflated, size: 100_001 }],
      RangeError,
      "100000 bytes but 100001 were announced",
    ],
    [
      "a broken stream",
      [{ ...deflated, bytes: utf8("\xff\xff\xff"), size: 50 }],
      RangeError,
      "corrupt or cut off",
    ],
  ] as [string, OddEntry[], new (message: string) => Error, string][]
) {
  Deno.test(`readZip() refuses ${title}`, async () => {
    await refused(oddZip(entries), Kind, message);
  });
}

Deno.test("readZip() refuses two entries that share bytes", async () => {
  // The second entry's header lies within the bytes of the first.
  const inner = oddZip([{ name: "b", bytes: utf8("x") }]).slice(0, 32);
  const zip = oddZip([
    { name: "a", bytes: inner },
    { name: "b", bytes: utf8("x"), offset: 31 },
  ]);
  await refused(zip, RangeError, "b of a.zip: it begins at byte 31 but a of a.zip ends at 63");
});

Deno.test("readZip() refuses a directory that does not fit", async () => {
  const change = (at: number, value: number) =>
    oddZip([one], (view) => view.setUint16(at, value, true));
  await refused(change(10, 2), RangeError, "its directory has 1 entries but announces 2");
  await refused(change(12, 3), RangeError, "its directory ends at byte 39 but must at 83");
  await refused(change(16, 2), RangeError, "its directory ends at byte 49 but must at 83");
  await refused(change(4, 1), RangeError, "it is one part of a split zip file");
  await refused(change(10, 65535), RangeError, "65535 entries");
});

Deno.test("an entry is inflated only to its announced size", async () => {
  const compressed = await deflate(new Uint8Array(64 << 20));
  const zip = oddZip([{ name: "a", bytes: compressed, method: 8, size: 1 << 20, crc: 0 }]);
  let read = 0;
  const counted = {
    ...source(zip),
    read(offset: number, length: number): Promise<Uint8Array> {
      read += length;
      return source(zip).read(offset, length);
    },
  };
  const entry = (await readZip(counted)).get("a")!;
  read = 0;
  await assertRejects(() => readWhole(entry), RangeError, "more than the 1048576 bytes");
  assertLess(read, compressed.length);
});

Deno.test("a small file of weights may inflate to 64 MiB, and to no more", async () => {
  const bytes = await deflate(new Uint8Array(2 ** 20));
  // The announcement alone decides, before anything is inflated.
  const megabytes = (count: number) =>
    oddZip(Array.from({ length: count }, (_, i) => ({
      name: `${i}.npy`,
      bytes,
      method: 8,
      size: 2 ** 20,
      crc: 0,
    })));
  const limited = (zip: Uint8Array) =>
    readZip(source(zip), { inflatedLimit: inflatedLimit(source(zip)) });
  assertEquals((await limited(megabytes(64))).size, 64);
  const bomb = megabytes(65);
  const message =
    `Cannot read a.zip: its entries inflate to ${65 * 2 ** 20} bytes or more, but for a ` +
    `file of ${bomb.length} bytes the limit is 67108864`;
  await assertRejects(() => limited(bomb), RangeError, message);
  await assertRejects(() => loadSae({ "params.npz": bomb }), RangeError, "params.npz");
  // A file of activations is never held as a whole.
  assertEquals((await readZip(source(bomb))).size, 65);
});

Deno.test("an entry is inflated once while its reads go forwards, and again when one goes back", async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
  const deflated = await deflate(bytes);
  const crc = crc32(bytes);
  const zip = oddZip([{ name: "x", bytes: deflated, method: 8, size: bytes.length, crc }]);
  let read = 0;
  const counted = {
    ...source(zip),
    read: (at: number, length: number) => source(zip).read(at, (read += length, length)),
  };
  const reader = (await readZip(counted)).get("x")!.inflating!();
  read = 0;
  const places = [[0, 10], [10, 90], [5000, 1], [5001, 200_000], [290_000, 10_000]];
  for (const [at, length] of places) {
    assertEquals(await reader.read(at, length), bytes.slice(at, at + length));
  }
  assertEquals(read, deflated.length);
  assertEquals(await reader.read(7, 3), bytes.slice(7, 10));
  assertLess(deflated.length, read);
  await assertRejects(() => reader.read(299_999, 2), RangeError, "it has 300000 bytes");
  await reader.close();
});
