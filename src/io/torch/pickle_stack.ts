/**
 * The memory of the pickle machine: a stack, marks on it, and a memo, all of bounded size.
 *
 * @module
 */
import { kindOf, type PickleValue } from "./pickle_values.ts";

// A state dict of ten tensors needs a few dozen values.
const MAXIMUM_STACK = 65536;
const MAXIMUM_MEMO = 65536;
const MAXIMUM_MARKS = 256;

/** A stack with marks and a memo. */
export class PickleStack {
  #stack: PickleValue[] = [];
  #marks: number[] = [];
  #memo = new Map<number, PickleValue>();
  #fail: (why: string) => never;

  constructor(fail: (why: string) => never) {
    this.#fail = fail;
  }

  push(value: PickleValue): void {
    if (this.#stack.push(value) > MAXIMUM_STACK) {
      this.#fail(`its stack goes beyond ${MAXIMUM_STACK} values`);
    }
  }

  pop(): PickleValue {
    return this.popSome(1)[0];
  }

  /** Pops the topmost values and returns them, the deepest first. They may not reach below the last mark. */
  popSome(count: number): PickleValue[] {
    const base = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - count < base) {
      this.#fail(`it takes ${count} values but there are ${this.#stack.length - base}`);
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    if (this.#marks.push(this.#stack.length) > MAXIMUM_MARKS) {
      this.#fail(`it goes beyond ${MAXIMUM_MARKS} marks`);
    }
  }

  popToMark(): PickleValue[] {
    const base = this.#marks.pop() ?? this.#fail("it takes values up to a mark but there is none");
    return this.#stack.splice(base);
  }

  #top(): PickleValue {
    const base = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= base) this.#fail("it needs a value but there is none");
    return this.#stack[this.#stack.length - 1];
  }

  remember(index: number = this.#memo.size): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > MAXIMUM_MEMO) this.#fail(`it goes beyond ${MAXIMUM_MEMO} memos`);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.#fail(`it recalls memo ${index}, which it has not stored`);
    else this.push(value);
  }

  /** Appends items to the list on top. */
  extend(items: PickleValue[]): void {
    const list = this.#top();
    if (typeof list !== "object" || list?.kind !== "list") {
      return this.#fail(`it appends to ${kindOf(list)}`);
    }
    // The memo lets a list grow without growing the stack, so its length has a limit of its own.
    if (list.items.length + items.length > MAXIMUM_STACK) {
      this.#fail(`a list goes beyond ${MAXIMUM_STACK} values`);
    }
    list.items.push(...items);
  }

  /** Adds keys and values, in turn, to the dict on top. */
  setItems(items: PickleValue[]): void {
    const dict = this.#top();
    if (typeof dict !== "object" || dict?.kind !== "dict") {
      return this.#fail(`it sets items of ${kindOf(dict)}`);
    }
    if (items.length % 2 !== 0) this.#fail("it sets a key of a dict without a value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string" && typeof key !== "number") {
        return this.#fail(`the key of a dict is ${kindOf(key)}`);
      }
      if (dict.entries.has(key)) {
        this.#fail(`a dict has the key ${JSON.stringify(key).slice(0, 80)} twice`);
      }
      dict.entries.set(key, items[i + 1]);
    }
    if (dict.entries.size > MAXIMUM_STACK) this.#fail(`a dict goes beyond ${MAXIMUM_STACK} keys`);
  }
}
