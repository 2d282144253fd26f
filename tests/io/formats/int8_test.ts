/** The package's own files with weights in int8, float16 and bfloat16. */
import { assert, assertEquals, assertLessOrEqual, assertRejects, assertThrows } from "@std/assert";
import {
  loadSae,
  readSafetensorsHeader,
  readTensor,
  type Sae,
  saveSae,
  sourceFromBytes,
} from "../../../mod.ts";
import { d, N, relu, someSae, topk } from "./some_sae.ts";

const sae = someSae(relu, true);
const NAMES = ["encoder", "decoder"] as const;

function file(of: Sae, dtype: "F16" | "BF16" | "F32" | "int8"): Uint8Array {
  return saveSae(of, "native", { dtype })["sae.safetensors"];
}

/** Returns the file with bytes of its header replaced by as many others. */
function withHeader(bytes: Uint8Array, from: string, to: string): Uint8Array {
  assertEquals(from.length, to.length);
  const length = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, length));
  assert(header.includes(from));
  const changed = Uint8Array.from(header.replace(from, to), (c) => c.charCodeAt(0));
  return new Uint8Array([...changed, ...bytes.subarray(length)]);
}

/** Returns the file with other bytes at the beginning of a tensor. */
async function withBytes(bytes: Uint8Array, name: string, data: ArrayBufferView) {
  const changed = bytes.slice();
  const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
  changed.set(new Uint8Array(data.buffer), tensors.get(name)!.offset);
  return changed;
}

Deno.test("weights in int8 are off by half a scale at most, and the norms of errors are those", async () => {
  const bytes = file(sae, "int8");
  const source = sourceFromBytes(bytes);
  const header = await readSafetensorsHeader(source);
  assertEquals(header.metadata.version, "2");
  const loaded = await loadSae(bytes);
  assertEquals(loaded.source.dtype, "I8");
  for (const name of NAMES) {
    const scale = await readTensor(source, header, `${name}Scale`);
    const before = sae.parameters[name];
    const after = loaded.parameters[name];
    for (let i = 0; i < N; i++) {
      const row = before.subarray(i * d, (i + 1) * d);
      const largest = Math.max(...row.map(Math.abs));
      assertEquals(scale[i], Math.fround(largest / 127));
      const errors = [...row].map((value, k) => value - after[i * d + k]);
      // Besides half a scale, the product is rounded to float32.
      const most = scale[i] / 2 + largest * 2 ** -24;
      for (const error of errors) assertLessOrEqual(Math.abs(error), most);
      if (name === "decoder") continue;
      const norms = [Math.hypot(...row), Math.hypot(...errors)];
      for (const [n, key] of ["encoderNorm", "encoderErrorNorm"].entries()) {
        const stored = (await readTensor(source, header, key))[i];
        assert(stored >= norms[n] * (1 - 2 ** -50) && stored <= norms[n] * (1 + 2 ** -22));
      }
    }
  }
  const { encoderBias, decoderBias } = sae.parameters;
  assertEquals(loaded.parameters.encoderBias, encoderBias);
  assertEquals(loaded.parameters.decoderBias, decoderBias);
  assertEquals(file(sae, "int8"), bytes);
});

Deno.test("a prefix of a file in any type is the first rows of the whole", async () => {
  for (const dtype of ["F16", "BF16", "F32", "int8"] as const) {
    const bytes = file(someSae(topk, false), dtype);
    const whole = await loadSae(bytes);
    const first = await loadSae(bytes, { prefix: 5 });
    assertEquals(first.source.dtype, dtype === "int8" ? "I8" : dtype);
    for (const name of NAMES) {
      assertEquals(first.parameters[name], whole.parameters[name].slice(0, 5 * d));
    }
    // What is representable is written and read without a change.
    assertEquals((await loadSae(file(whole, dtype))).parameters, whole.parameters);
  }
});

Deno.test("readers name what is wrong with a file in int8", async () => {
  const bytes = file(sae, "int8");
  const cases: [Uint8Array, ErrorConstructor, string][] = [
    [
      withHeader(bytes, '"version":"2"', '"version":"1"'),
      TypeError,
      "encoder must be F16, BF16, F32 or F64 in version 1 but is I8",
    ],
    [
      withHeader(file(sae, "F32"), '"version":"1"', '"version":"2"'),
      RangeError,
      'it lacks the tensor "encoderScale"',
    ],
    [withHeader(bytes, '"I8"', '"U8"'), TypeError, "must be I8 in version 2 but is U8"],
    [
      await withBytes(bytes, "encoderScale", Float32Array.of(-1)),
      RangeError,
      "element 0 of encoderScale must be from 0 to",
    ],
    [
      await withBytes(bytes, "decoderScale", Float32Array.of(1, 2 ** 121)),
      RangeError,
      `element 1 of decoderScale must be from 0 to ${2 ** 120} but is ${2 ** 121}`,
    ],
    [
      await withBytes(bytes, "encoderErrorNorm", Float32Array.of(NaN)),
      RangeError,
      "element 0 of encoderErrorNorm is NaN",
    ],
    [
      await withBytes(bytes, "decoder", Int8Array.of(3, -128)),
      RangeError,
      "element 1 of decoder must be from -127 to 127 but is -128",
    ],
  ];
  for (const [changed, kind, message] of cases) {
    await assertRejects(() => loadSae(changed), kind, message);
  }
});

Deno.test("weights that do not fit a type are refused, and biases are not of that type", async () => {
  const { parameters } = sae;
  const large = (name: "encoder" | "encoderBias", value: number): Sae => ({
    ...sae,
    parameters: { ...parameters, [name]: parameters[name].with(3, value) },
  });
  assertThrows(
    () => file(large("encoder", 70_000), "F16"),
    RangeError,
    "Cannot save the autoencoder: element 3 of encoder is 70000, beyond the ±65504 of F16",
  );
  assertThrows(
    () => file(large("encoder", 3e38), "int8"),
    RangeError,
    "Cannot save the autoencoder: row 0 of encoder has 3",
  );
  for (const dtype of ["F16", "int8"] as const) {
    const loaded = await loadSae(file(large("encoderBias", 70_001), dtype));
    assertEquals(loaded.parameters.encoderBias[3], 70_001);
  }
  // Scales that underflow: nothing remains of such weights, and their error says so.
  const tiny = {
    ...sae,
    parameters: { ...parameters, encoder: new Float32Array(N * d).fill(1e-44) },
  };
  const bytes = file(tiny, "int8");
  assertEquals((await loadSae(bytes)).parameters.encoder, new Float32Array(N * d));
  const source = sourceFromBytes(bytes);
  const norms = await readTensor(source, await readSafetensorsHeader(source), "encoderErrorNorm");
  assert(norms.every((norm) => norm >= Math.sqrt(d) * Math.fround(1e-44)));
});
