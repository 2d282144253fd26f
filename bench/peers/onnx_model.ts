/**
 * Writes ONNX models: those protocol buffers of onnx.proto3 that the bench needs.
 *
 * A field is [number, value]. A number is written as a varint, a list as a message, and anything else
 * as its bytes.
 */
type Field = readonly [number, number | string | Uint8Array | readonly Field[]];

/** A constant tensor of a model. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An operator: its type, inputs, outputs and integer attributes. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number>>;
}

/** A graph with one input and one output. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly input: { readonly name: string; readonly dims: readonly number[] };
  readonly output: { readonly name: string; readonly dims: readonly number[] };
}

const FLOAT = 1, INT64 = 7, ATTRIBUTE_INT = 2;
const IR_VERSION = 8, OPSET_VERSION = 13;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

function message(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === "number") {
      return [Uint8Array.from([...varint(8 * number), ...varint(value)])];
    }
    const bytes = typeof value === "string"
      ? new TextEncoder().encode(value)
      : value instanceof Uint8Array
      ? value
      : message(value);
    return [Uint8Array.from([...varint(8 * number + 2), ...varint(bytes.length)]), bytes];
  });
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const list = <T>(number: number, items: readonly T[], value: (item: T) => Field[1]): Field[] =>
  items.map((item) => [number, value(item)]);

const attribute = ([name, value]: [string, number]): Field[] => [
  [1, name],
  [3, value],
  [20, ATTRIBUTE_INT],
];

const node = ({ op, inputs, outputs, attributes = {} }: Node): Field[] => [
  ...list(1, inputs, (name) => name),
  ...list(2, outputs, (name) => name),
  [4, op],
  ...list(5, Object.entries(attributes), attribute),
];

const constant = ({ name, dims, data }: Constant): Field[] => [
  ...list(1, dims, (size) => size),
  [2, data instanceof Float32Array ? FLOAT : INT64],
  [8, name],
  [9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
];

const valueInfo = ({ name, dims }: Graph["input"]): Field[] => {
  const shape = list(1, dims, (size): Field[] => [[1, size]]);
  return [[1, name], [2, [[1, [[1, FLOAT], [2, shape]]]]]];
};

/** Returns the bytes of a model. */
export function onnxModel({ nodes, constants, input, output }: Graph): Uint8Array {
  return message([
    [1, IR_VERSION],
    [7, [
      ...list(1, nodes, node),
      [2, "graph"],
      ...list(5, constants, constant),
      [11, valueInfo(input)],
      [12, valueInfo(output)],
    ]],
    [8, [[1, ""], [2, OPSET_VERSION]]],
  ]);
}
