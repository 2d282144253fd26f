/**
 * Reads Python pickles without evaluating anything: a stack machine for the opcodes of plain data. Names that a
 * pickle refers to are passed to a host, which accepts a few and refuses the rest.
 *
 * @module
 */
import type { PickleDict, PickleGlobal, PickleValue } from "./pickle_values.ts";
import { PickleStack } from "./pickle_stack.ts";

/** Gives meaning to the names in a pickle. Each method throws on a name that it does not know. */
export interface PickleHost {
  /** Returns the global of this name. */
  global(name: string): PickleGlobal;
  /** Returns the result of a call. */
  reduce(callable: PickleValue, args: PickleValue): PickleValue;
  /** Returns the object that is stored outside the pickle under this identity. */
  persistent(id: PickleValue): PickleValue;
}

/** Reads the operands of opcodes, one after another. */
class Operands {
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

  /** Reads an unsigned integer of `width` bytes, little-endian. */
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

  /** Reads an integer of `width` bytes in two's complement, little-endian. */
  long(width: number): number {
    let value = 0n;
    const bytes = this.take(width);
    if (width > 8) this.#fail(`it has an integer of ${width} bytes`);
    for (let i = width - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]);
    const number = Number(BigInt.asIntN(8 * width, value));
    if (!Number.isSafeInteger(number)) this.#fail(`it has the integer ${value}`);
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
 * Reads the value of a pickle of protocol 2 to 5.
 *
 * @throws {RangeError} if it is cut off, inconsistent, or exceeds the limits.
 * @throws {TypeError} if an opcode is not one of plain data; and whatever the host throws.
 */
export function readPickle(bytes: Uint8Array, subject: string, host: PickleHost): PickleValue {
  const fail = (why: string): never => {
    throw new RangeError(`Cannot read ${subject}: ${why}`);
  };
  const input = new Operands(bytes, fail);
  const stack = new PickleStack(fail);
  for (;;) {
    const at = input.at;
    const opcode = input.unsigned(1);
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
        if (input.rest > 0) fail(`it has ${input.rest} bytes after its end`);
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
          return fail(`it names a global at byte ${at} by a value that is not text`);
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
        if (!isDict(target) || !isDict(state)) {
          fail(`it sets attributes at byte ${at}, but not of a dict by a dict`);
        }
        stack.push(target);
        break;
      }
      case 0x51: // BINPERSID
        stack.push(host.persistent(stack.pop()));
        break;
      default: {
        const code = `0x${opcode.toString(16).padStart(2, "0")}`;
        throw new TypeError(
          `Cannot read ${subject}: its opcode ${code} at byte ${at} is not one of plain data`,
        );
      }
    }
  }
}
