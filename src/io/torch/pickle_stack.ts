/**
 * The memory of the pickle machine: a stack, marks in it, and a memo, all of bounded size.
 *
 * @module
 */
import { kindOf, type PickleValue } from "./pickle_values.ts";

// A state dict of ten tensors needs a few dozen places.
const MAXIMUM_STACK = 65536, MAXIMUM_MEMO = 65536, MAXIMUM_MARKS = 256;

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

  /** The topmost values, the deepest first. They may not reach below the last mark. */
  popSome(count: number): PickleValue[] {
    const base = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - count < base) {
      this.#fail(`it takes ${count} values where ${this.#stack.length - base} are`);
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    if (this.#marks.push(this.#stack.length) > MAXIMUM_MARKS) {
      this.#fail(`it goes beyond ${MAXIMUM_MARKS} marks`);
    }
  }

  popToMark(): PickleValue[] {
    const base = this.#marks.pop() ?? this.#fail("it takes values up to a mark where none is");
    return this.#stack.splice(base);
  }

  #top(): PickleValue {
    const base = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= base) this.#fail("it needs a value where none is");
    return this.#stack[this.#stack.length - 1];
  }

  remember(index: number = this.#memo.size): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > MAXIMUM_MEMO) this.#fail(`it goes beyond ${MAXIMUM_MEMO} memos`);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.#fail(`it recalls ${index}, which it has not remembered`);
    else this.push(value);
  }

  /** Adds items to the list on top. */
  extend(items: PickleValue[]): void {
    const list = this.#top();
    if (typeof list !== "object" || list?.kind !== "list") {
      return this.#fail(`it appends to ${kindOf(list)}`);
    }
    // The list may have grown through the memo: what it holds is bounded like the stack.
    if (list.items.length + items.length > MAXIMUM_STACK) {
      this.#fail(`a list goes beyond ${MAXIMUM_STACK} values`);
    }
    list.items.push(...items);
  }

  /** Adds alternating keys and values to the dict on top. */
  setItems(items: PickleValue[]): void {
    const dict = this.#top();
    if (typeof dict !== "object" || dict?.kind !== "dict") {
      return this.#fail(`it sets items of ${kindOf(dict)}`);
    }
    if (items.length % 2 !== 0) this.#fail("it sets items of a dict from a key without value");
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
