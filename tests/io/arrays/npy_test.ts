import { assertEquals, assertRejects } from "@std/assert";
import { type ByteSource, sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import { readNpy, readNpyHeader } from "../../../src/io/arrays/npy_reading.ts";

/** A .npy file with this dictionary as its header, as NumPy pads it. */
function npy(dictionary: string, data: Uint8Array, version = 1): ByteSource {
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + dictionary.length + 1) / 64) * 64 - start;
  const bytes = new Uint8Array(start + length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(new TextEncoder().encode(dictionary.padEnd(length - 1) + "\n"), start);
  bytes.set(data, start + length);
  return sourceFromBytes(bytes, "a.npy");
}

const dict = (descr: string, shape: string, fortran = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
const six = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);

function refused(
  source: ByteSource,
  Kind: new (message: string) => Error,
  message: string,
): Promise<Error> {
  return assertRejects(() => readNpyHeader(source), Kind, message);
}

Deno.test("readNpy() reads versions 1, 2 and 3, whole or by rows", async () => {
  for (const version of [1, 2, 3]) {
    const source = npy(dict("<f4", "(3, 2)"), six, version);
    const header = await readNpyHeader(source);
    assertEquals([header.dtype, header.bigEndian, header.shape], ["F32", false, [3, 2]]);
    assertEquals([...await readNpy(source)], [1, 2, 3, 4, 5, 6]);
    assertEquals([...await readNpy(source, { from: 1, to: 2 }, header)], [3, 4]);
    await assertRejects(
      () => readNpy(source, { to: 4 }),
      RangeError,
      "Cannot read rows 0 to 4 of a.npy: it has 3 rows",
    );
  }
});

Deno.test("readNpy() reads a file that NumPy wrote", async () => {
  // numpy.save(…, numpy.array([[1, -2], [0.5, 65504]], dtype="<f2")), NumPy 2.4, in base64.
  const text =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPADAADj/ew==";
  const source = sourceFromBytes(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  assertEquals((await readNpyHeader(source)).shape, [2, 2]);
  assertEquals([...await readNpy(source)], [1, -2, 0.5, 65504]);
});

Deno.test("readNpy() reads float16, float32 and float64 of both byte orders", async () => {
  const little: Record<string, Uint8Array> = {
    f2: new Uint8Array([0x00, 0x3c, 0x00, 0xc0]),
    f4: new Uint8Array(new Float32Array([1, -2]).buffer),
    f8: new Uint8Array(new Float64Array([1, -2]).buffer),
  };
  for (const [type, bytes] of Object.entries(little)) {
    const width = bytes.length / 2;
    const big = new Uint8Array([
      ...bytes.slice(0, width).reverse(),
      ...bytes.slice(width).reverse(),
    ]);
    assertEquals([...await readNpy(npy(dict(`<${type}`, "(2,)"), bytes))], [1, -2], type);
    assertEquals([...await readNpy(npy(dict(`>${type}`, "(1, 2)"), big))], [1, -2], type);
  }
});

Deno.test("readNpyHeader() takes everything that Python may write: other quotes, order, Python 2's longs", async () => {
  const other = '{"shape":(3L,2L),"fortran_order":False,"descr":"<f4"}';
  assertEquals((await readNpyHeader(npy(other, six))).shape, [3, 2]);
  assertEquals((await readNpyHeader(npy(dict("<f4", "(0, 7)"), new Uint8Array(0)))).shape, [0, 7]);
});

Deno.test("readNpyHeader() refuses fortran_order unless there is one dimension", async () => {
  await refused(
    npy(dict("<f4", "(3, 2)", "True"), six),
    TypeError,
    "Cannot read a.npy: its array [3,2] is in fortran_order",
  );
  assertEquals((await readNpyHeader(npy(dict("<f4", "(6,)", "True"), six))).shape, [6]);
});

Deno.test("readNpyHeader() refuses other types and dimensions", async () => {
  for (const descr of ["<i4", "|u1", "=f4", "<f16", "<c8", "|O", "f4", "<V2"]) {
    await refused(
      npy(dict(descr, "(6,)"), six),
      TypeError,
      `Cannot read a.npy: its descr is "${descr}" but must be <f2`,
    );
  }
  await refused(
    npy(dict("<f4", "(1, 2, 3)"), six),
    RangeError,
    "its shape [1,2,3] has 3 dimensions but must have 1 or 2",
  );
  await refused(npy(dict("<f4", "()"), six), RangeError, "has 0 dimensions");
});

Deno.test("readNpyHeader() names expected and actual bytes of a truncated or overlong file", async () => {
  await refused(
    npy(dict("<f4", "(3, 2)"), six.subarray(0, 23)),
    RangeError,
    "Cannot read a.npy: its shape [3,2] of <f4 needs 24 bytes of data but it has 23",
  );
  await refused(
    npy(dict("<f4", "(2, 2)"), six),
    RangeError,
    "needs 16 bytes of data but it has 24",
  );
  await refused(
    npy(dict("<f4", "(9007199254740993, 0)"), six),
    RangeError,
    "is too large",
  );
  await refused(npy(dict("<f4", "(4503599627370496, 4)"), six), RangeError, "is too large");
});

Deno.test("readNpyHeader() refuses a file that is cut off within its header", async () => {
  const whole = await npy(dict("<f4", "(6,)"), six).read(0, 128);
  const cut = (size: number) => sourceFromBytes(whole.subarray(0, size), "cut.npy");
  await refused(cut(5), TypeError, "Cannot read cut.npy: it does not begin with \\x93NUMPY");
  await refused(cut(6), RangeError, "its header begins at byte 12 but the file has 6 bytes");
  await refused(cut(9), RangeError, "its header begins at byte 10 but the file has 9 bytes");
  await refused(cut(100), RangeError, "its header ends at byte 128 but the file has 100 bytes");
});

Deno.test("readNpyHeader() refuses other magic, versions and enormous headers", async () => {
  const bytes = (await npy(dict("<f4", "(6,)"), six, 2).read(0, 152)).slice();
  const changed = (at: number, value: number) => {
    const copy = bytes.slice();
    copy[at] = value;
    return sourceFromBytes(copy, "a.npy");
  };
  assertEquals((await readNpyHeader(changed(0, 0x93))).shape, [6]);
  await refused(changed(0, 0x92), TypeError, "so it is not a .npy file");
  await refused(changed(6, 4), TypeError, "its version is 4 but must be 1, 2 or 3");
  await refused(changed(6, 0), TypeError, "its version is 0");
  await refused(changed(11, 1), RangeError, "its header has 16777332 bytes but the limit is 65536");
});

Deno.test("readNpyHeader() evaluates nothing and refuses every other header", async () => {
  const good = dict("<f4", "(6,)");
  const wrong: [string, string][] = [
    ["__import__('os').system('true')", "cannot be parsed at"],
    ["['descr']", "cannot be parsed at"],
    [good.replace("(6,)", "(2 * 3,)"), "cannot be parsed at"],
    [good.replace("(6,)", "(-6,)"), "cannot be parsed at"],
    [good.replace("(6,)", "(06,)"), "cannot be parsed at"],
    [good.replace("(6,)", "(6)"), "without a comma is not a tuple"],
    [good.replace("(6,)", "(6,,)"), "has , where number must be"],
    [good.replace("(6,)", "((6,),)"), "has ( where number must be"],
    [good.replace("(6,)", "6"), "has number as the value of shape"],
    [good.replace("(6,)", "'6'"), 'its shape is "6"'],
    [good.replace("'<f4'", "True"), "its descr is true"],
    [good.replace("'<f4'", "[('a', '<f4')]"), "cannot be parsed at"],
    [good.replace("'<f4'", "'<f\\x34'"), "cannot be parsed at"],
    [good.replace("False", "None"), "cannot be parsed at"],
    [good.replace("False", "'False'"), "its fortran_order is False, not a boolean"],
    [good.replace("}", ""), 'cannot be parsed at ""'],
    [good + " + 1", "its header goes on with"],
    [good.replace("}", "'shape': (6,)}"), "the key shape twice"],
    [good.replace("}", "'extra': True}"), "must have descr, fortran_order, shape"],
    ["{'descr': '<f4', 'shape': (6,)}", "must have descr, fortran_order, shape"],
    ["{}", "must have descr, fortran_order, shape"],
    [good.replace(": '<f4',", ": '<f4'"), "where } must be"],
    [good.replace("'descr':", "'descr'"), "where : must be"],
    ["{True: '<f4'}", "has truth where string must be"],
  ];
  for (const [header, message] of wrong) {
    await refused(npy(header, six), TypeError, message);
  }
});

Deno.test("a float64 that does not fit float32 is refused by its value", async () => {
  const data = new Uint8Array(new Float64Array([1, -1e300, Infinity]).buffer);
  await assertRejects(
    () => readNpy(npy(dict("<f8", "(3,)"), data)),
    RangeError,
    "Cannot read a.npy: value 1 is -1e+300, which does not fit float32",
  );
  assertEquals([...await readNpy(npy(dict("<f8", "(3,)"), data), { from: 2 })], [Infinity]);
});
