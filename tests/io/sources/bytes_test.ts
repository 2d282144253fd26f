import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ByteSource,
  readExactly,
  sourceFromBlob,
  sourceFromBytes,
} from "../../../src/io/sources/bytes.ts";

const content = Uint8Array.from({ length: 20 }, (_, i) => i);
const sources: [string, () => ByteSource][] = [
  ["bytes", () => sourceFromBytes(content.subarray(5, 15), "ten.bin")],
  ["a Blob", () => sourceFromBlob(new Blob([content.subarray(5, 15)]), "ten.bin")],
];

for (const [kind, make] of sources) {
  Deno.test(`a source from ${kind} reads any range, the empty one at the end too`, async () => {
    const source = make();
    assertEquals([source.name, source.size], ["ten.bin", 10]);
    assertEquals([...await source.read(0, 10)], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    assertEquals([...await source.read(8, 2)], [13, 14]);
    assertEquals((await source.read(10, 0)).length, 0);
  });

  Deno.test(`a source from ${kind} refuses ranges beyond its end with both values`, async () => {
    await assertRejects(
      () => make().read(8, 3),
      RangeError,
      "Cannot read bytes 8 to 11 of ten.bin: it has 10 bytes",
    );
    await assertRejects(() => make().read(11, 0), RangeError, "it has 10 bytes");
  });

  Deno.test(`a source from ${kind} refuses negative and broken ranges`, async () => {
    for (const [offset, length] of [[-1, 2], [2, -1], [0.5, 1], [0, NaN], [2 ** 53, 0]]) {
      await assertRejects(
        () => make().read(offset, length),
        RangeError,
        `Cannot read ${length} bytes at byte ${offset} of ten.bin`,
      );
    }
  });
}

Deno.test("sourceFromBlob() takes the name of its File", () => {
  assertEquals(sourceFromBlob(new File([], "x.npy")).name, "x.npy");
  assertEquals(sourceFromBlob(new Blob([])).name, "blob");
});

Deno.test("sourceFromBlob() names a Blob that became shorter than its size", async () => {
  const cut = { size: 10, slice: () => new Blob(["abc"]) } as unknown as Blob;
  await assertRejects(
    () => sourceFromBlob(cut, "cut.bin").read(2, 8),
    RangeError,
    "Cannot read bytes 2 to 10 of cut.bin: 8 bytes were asked for but 3 came",
  );
});

Deno.test("sourceFromBytes() takes only a Uint8Array", () => {
  assertThrows(
    () => sourceFromBytes("text" as unknown as Uint8Array, "t.bin"),
    TypeError,
    "Cannot read t.bin: its bytes must be a Uint8Array but are string",
  );
});

Deno.test("readExactly() refuses a source that delivers fewer bytes than requested", async () => {
  const source = { name: "s", size: 9, read: () => Promise.resolve(new Uint8Array(4)) };
  assertEquals((await readExactly(source, 0, 4)).length, 4);
  await assertRejects(
    () => readExactly(source, 0, 9),
    RangeError,
    "Cannot read bytes 0 to 9 of s: 9 bytes were asked for but 4 came",
  );
});
