/**
 * A reader of Python pickles that evaluates nothing: a stack machine of the opcodes that plain data needs.
 * What a pickle refers to by name is given to a host, which knows a handful of names and refuses the rest.
 *
 * @module
 */
import type { PickleDict, PickleGlobal, PickleValue } from "./pickle_values.ts";
import { PickleStack } from "./pickle_stack.ts";

/** What the names of a pickle mean. Each method throws where it does not know one. */
export interface PickleHost {
  /** Whether a name may be referred to. */
  global(name: string): PickleGlobal;
  /** The result of a call. */
  reduce(callable: PickleValue, args: PickleValue): PickleValue;
  /** The object that is stored elsewhere under this identity. */
  persistent(id: PickleValue): PickleValue;
}

class Bytes {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fail: (why: string) => never;

  constructor(bytes: Uint8Array, fail: (why: string) => never) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#fail = fail;
  }

  get rest(): number {
    return this.#bytes.length - this.at;
  }

  take(count: number): Uint8Array {
    if (count > this.rest) this.#fail(`it is cut off at byte ${this.#bytes.length}`);
    return this.#bytes.subarray(this.at, this.at += count);
  }

  /** A number of so many bytes, little-endian. */
  unsigned(width: 1 | 2 | 4): number {
    this.take(width);
    const at = this.at - width;
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  double(): number {
    this.take(8);
    return this.#view.getFloat64(this.at - 8, false);
  }

  /** A whole number of any width, two's complement. */
  long(width: number): number {
    let value = 0n;
    const bytes = this.take(width);
    if (width > 8) this.#fail(`it has a whole number of ${width} bytes`);
    for (let i = width - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]);
    const number = Number(BigInt.asIntN(8 * width, value));
    if (!Number.isSafeInteger(number)) this.#fail(`it has the whole number ${value}`);
    return number;
  }

  text(length: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return this.#fail(`its text before byte ${this.at} is not UTF-8`);
    }
  }

  line(): string {
    const end = this.#bytes.subarray(this.at, this.at + 256).indexOf(10);
    if (end < 0) this.#fail(`a name at byte ${this.at} does not end`);
    const line = this.text(end);
    this.at++;
    return line;
  }
}

function isDict(value: PickleValue): value is PickleDict {
  return typeof value === "object" && value?.kind === "dict";
}

/**
 * The value of a pickle of protocol 2 to 5.
 *
 * @throws {RangeError} where it is cut off, refers to what is not there, or goes beyond the limits.
 * @throws {TypeError} where an opcode is not among those of plain data; further what the host throws.
 */
export function readPickle(bytes: Uint8Array, subject: string, host: PickleHost): PickleValue {
  const fail = (why: string): never => {
    throw new RangeError(`Cannot read ${subject}: ${why}`);
  };
  const input = new Bytes(bytes, fail), stack = new PickleStack(fail);
  for (;;) {
    const at = input.at, opcode = input.unsigned(1);
    switch (opcode) {
      case 0x80: { // PROTO
        const version = input.unsigned(1);
        if (version < 2 || version > 5) fail(`its protocol is ${version} but must be from 2 to 5`);
        break;
      }
      case 0x95: // FRAME: only a hint
        input.take(8);
        break;
      case 0x2e: { // STOP
        const value = stack.pop();
        if (input.rest > 0) fail(`it goes on for ${input.rest} bytes after its end`);
        return value;
      }
      case 0x28: // MARK
        stack.mark();
        break;
      case 0x30: // POP
        stack.pop();
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        break;
      case 0x4a: // BININT
        stack.push(input.unsigned(4) | 0);
        break;
      case 0x4b: // BININT1
        stack.push(input.unsigned(1));
        break;
      case 0x4d: // BININT2
        stack.push(input.unsigned(2));
        break;
      case 0x8a: // LONG1
        stack.push(input.long(input.unsigned(1)));
        break;
      case 0x47: // BINFLOAT
        stack.push(input.double());
        break;
      case 0x58: // BINUNICODE
        stack.push(input.text(input.unsigned(4)));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(input.text(input.unsigned(1)));
        break;
      case 0x7d: // EMPTY_DICT
        stack.push({ kind: "dict", entries: new Map() });
        break;
      case 0x5d: // EMPTY_LIST
        stack.push({ kind: "list", items: [] });
        break;
      case 0x29: // EMPTY_TUPLE
        stack.push({ kind: "tuple", items: [] });
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push({ kind: "tuple", items: stack.popSome(opcode - 0x84) });
        break;
      case 0x74: // TUPLE
        stack.push({ kind: "tuple", items: stack.popToMark() });
        break;
      case 0x61: // APPEND
        stack.extend(stack.popSome(1));
        break;
      case 0x65: // APPENDS
        stack.extend(stack.popToMark());
        break;
      case 0x73: // SETITEM
        stack.setItems(stack.popSome(2));
        break;
      case 0x75: // SETITEMS
        stack.setItems(stack.popToMark());
        break;
      case 0x71: // BINPUT
        stack.remember(input.unsigned(1));
        break;
      case 0x72: // LONG_BINPUT
        stack.remember(input.unsigned(4));
        break;
      case 0x94: // MEMOIZE
        stack.remember();
        break;
      case 0x68: // BINGET
        stack.recall(input.unsigned(1));
        break;
      case 0x6a: // LONG_BINGET
        stack.recall(input.unsigned(4));
        break;
      case 0x63: { // GLOBAL
        const module = input.line();
        stack.push(host.global(`${module}.${input.line()}`));
        break;
      }
      case 0x93: { // STACK_GLOBAL
        const [module, name] = stack.popSome(2);
        if (typeof module !== "string" || typeof name !== "string") {
          return fail(`it names a global at byte ${at} by something else than text`);
        }
        stack.push(host.global(`${module}.${name}`));
        break;
      }
      case 0x52: { // REDUCE
        const [callable, args] = stack.popSome(2);
        stack.push(host.reduce(callable, args));
        break;
      }
      case 0x62: { // BUILD: attributes of an OrderedDict (torch: _metadata); they are dropped
        const [target, state] = stack.popSome(2);
        if (!isDict(target) || !isDict(state)) fail(`it sets attributes of no dict at byte ${at}`);
        stack.push(target);
        break;
      }
      case 0x51: // BINPERSID
        stack.push(host.persistent(stack.pop()));
        break;
      default:
        throw new TypeError(
          `Cannot read ${subject}: its opcode 0x${
            opcode.toString(16).padStart(2, "0")
          } at byte ${at} ` +
            `is not one of those that plain data needs`,
        );
    }
  }
}
