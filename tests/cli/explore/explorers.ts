/** Data with tokens for tests of `explore`, and a reader of what it writes. */
import { encodeSafetensors, Random, ToyTree } from "../../../mod.ts";
import type { Schema } from "../../../cli/explore/schema.ts";

/** Writes a safetensors file of toy activations and, unless there are none, tokens in I32 or another type. */
export async function writeRows(
  path: string,
  rows: number,
  tokens?: ArrayLike<number>,
  shape: readonly number[] = [rows, 20],
): Promise<string> {
  const data = ToyTree.create({ seed: 77 }).sample(rows, Random.fromSeed(1, 9)).batch;
  const file = encodeSafetensors({ activations: { shape, data } });
  await Deno.writeFile(path, tokens ? withTokens(file, Int32Array.from(tokens)) : file);
  return path;
}

/** Adds a tensor of whole numbers, which the library does not write. */
export function withTokens(file: Uint8Array, tokens: Int32Array): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const end = file.length - 8 - length;
  const data_offsets = [end, end + tokens.byteLength];
  const all = { ...header, tokens: { dtype: "I32", shape: [tokens.length], data_offsets } };
  const text = JSON.stringify(all);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(head.length), true);
  return new Uint8Array([
    ...size,
    ...head,
    ...file.subarray(8 + length),
    ...new Uint8Array(tokens.buffer),
  ]);
}

/** Writes whole numbers as a `.npy` file of another type. */
export async function writeNpyTokens(path: string, tokens: ArrayLike<number>): Promise<string> {
  const header = `{'descr': '<u2', 'fortran_order': False, 'shape': (${tokens.length},), }`;
  const text = header.padEnd(117) + "\n";
  const head = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
  const values = new Uint8Array(Uint16Array.from(tokens).buffer);
  await Deno.writeFile(path, new Blob([head, text, values]).stream());
  return path;
}

/** Runs all pieces of a folder as the page does, and returns what it receives. */
export async function receive(folder: string): Promise<Map<string, unknown>> {
  const received = new Map<string, unknown>();
  const explorer = { receive: (name: string, value: unknown) => received.set(name, value) };
  const visit = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory) await visit(`${path}/${name}`);
      else new Function("explorer", await Deno.readTextFile(`${path}/${name}`))(explorer);
    }
  };
  await visit(`${folder}/data`);
  return received;
}

/** Returns what in a value contradicts a schema. */
export function violations(value: unknown, schema: Schema, path = "$"): string[] {
  const { type, properties, required = [], items, minimum, maximum } = schema;
  if (schema.const !== undefined && value !== schema.const) return [`${path} is ${value}`];
  if (type === "array") {
    if (!Array.isArray(value)) return [`${path} is no array`];
    return value.flatMap((each, n) => violations(each, items!, `${path}[${n}]`));
  }
  if (type === "object") {
    if (typeof value !== "object" || value === null) return [`${path} is no object`];
    const entries = Object.entries(value);
    return [
      ...required.filter((name) => !(name in value)).map((name) => `${path} lacks ${name}`),
      ...entries.flatMap(([name, each]) =>
        properties![name]
          ? violations(each, properties![name], `${path}.${name}`)
          : [`${path} has ${name}`]
      ),
    ];
  }
  const kind: string = Number.isInteger(value) && type === "integer" ? type : typeof value;
  if (kind !== type) {
    return [`${path} is ${value}, not ${type}`];
  }
  const inside = typeof value !== "number" ||
    value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
  return inside ? [] : [`${path} is ${value}`];
}
