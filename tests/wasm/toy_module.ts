/**
 * A small module with a shared memory, whose exports misbehave in the ways that the pool must survive.
 *
 * @module
 */
import asc from "assemblyscript/asc";

const SOURCE = `
/** Adds item + thread's scratch word · 0 to each item's cell, and counts the call in the thread's scratch. */
export function visit(from: usize, to: usize, scratch: usize, cells: usize): void {
  store<u32>(scratch, load<u32>(scratch) + 1);
  for (let i = from; i < to; i++) store<u32>(cells + 4 * i, load<u32>(cells + 4 * i) + <u32>i + 1);
}
/** out[i] = a sum that takes longer for higher items. */
export function sum(from: usize, to: usize, scratch: usize, out: usize, weight: f32): void {
  for (let i = from; i < to; i++) {
    let sum: f32 = 0;
    for (let k: usize = 0; k < 20 * i; k++) sum += weight / <f32>(k + i + 1);
    store<f32>(out + 4 * i, sum);
  }
}
/** out[i] = in[i − 1] + in[i + 1], around the ends: which is wrong unless the phase before has ended. */
export function neighbours(from: usize, to: usize, scratch: usize, out: usize, input: usize, count: usize): void {
  for (let i = from; i < to; i++) {
    store<f32>(out + 4 * i, load<f32>(input + 4 * ((i + count - 1) % count)) * 0.5 + load<f32>(input + 4 * ((i + 1) % count)) * 0.5);
  }
}
/** Traps on the thread whose scratch is not at \`mine\`, or on all if it is 0; other threads take a while. */
export function trap(from: usize, to: usize, scratch: usize, mine: usize): void {
  if (scratch != mine) unreachable();
  let x: u32 = 1;
  for (let i: u32 = 0; i < 30000000; i++) x = x * 1664525 + 1013904223;
  store<u32>(scratch, x);
}
/** Never returns on the thread whose scratch is not at \`mine\`. */
export function hang(from: usize, to: usize, scratch: usize, mine: usize): void {
  while (scratch != mine) store<u32>(scratch, load<u32>(scratch) + 1);
  let x: u32 = 1;
  for (let i: u32 = 0; i < 30000000; i++) x = x * 1664525 + 1013904223;
  store<u32>(scratch, x);
}
export function nothing(from: usize, to: usize, scratch: usize): void {}
`;

/** The exports in the order that threads agree on. */
export type ToyExports = Record<string, (...args: number[]) => void>;

/** A compiled toy module and its memory. */
export interface ToyModule {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly exports: ToyExports;
  readonly names: readonly string[];
}

/** Compiles the toy module. */
export async function compileToyModule(): Promise<ToyModule> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [
      ..."toy.ts --outFile toy.wasm --runtime stub --use abort= --enable threads -O2".split(" "),
      ..."--sharedMemory --importMemory --initialMemory 16 --maximumMemory 64".split(" "),
    ],
    {
      readFile: (name: string) => name === "toy.ts" ? SOURCE : null,
      writeFile: (_: string, contents: string | Uint8Array) => {
        if (typeof contents !== "string") bytes = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error || !bytes) throw new Error(`Cannot compile the toy module: ${stderr}`);
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 64, shared: true });
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = exports as ToyExports;
  const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
  return { module, memory, exports: functions, names };
}
