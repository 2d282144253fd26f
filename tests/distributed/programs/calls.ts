/** Every call of a communicator on every kind of numbers, with results that do not depend on the order of sums. */

import type { Communicator, Numbers } from "../../../src/distributed/communicator.ts";

const KINDS = [Float32Array, Float64Array, Uint32Array];

/** Returns whole numbers, whose sums are exact in every kind. */
function message(Kind: (typeof KINDS)[number], length: number, rank: number): Numbers {
  const values = new Kind(length);
  for (let i = 0; i < length; i++) values[i] = (i * 7 + rank * 13) % 101;
  return values;
}

/** Returns a view in the middle of a WASM memory. */
function inWasm(values: Numbers, shared: boolean): Numbers {
  const pages = Math.ceil((values.byteLength + 64) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const Kind = values.constructor as Float32ArrayConstructor;
  const view = new Kind(memory.buffer, 24, values.length);
  view.set(values);
  return view;
}

async function digest(values: Numbers): Promise<string> {
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 16);
}

/** Returns what each call leaves in a message, as `name kind length: digest`. */
async function resultsOfCalls(
  communicator: Communicator,
  lengths: readonly number[],
  place: (values: Numbers) => Numbers,
): Promise<string[]> {
  const { rank, size } = communicator;
  const results: string[] = [];
  for (const Kind of KINDS) {
    for (const length of lengths) {
      const record = async (call: string, values: Numbers) => {
        results.push(`${call} ${Kind.name} ${length}: ${await digest(values)}`);
      };
      const changed = async (call: string, run: (values: Numbers) => Promise<void>) => {
        const values = place(message(Kind, length, rank));
        await run(values);
        await record(call, values);
      };
      await changed("exclusiveScan", (values) => communicator.exclusiveScan(values));
      await changed("reverseExclusiveScan", (values) => communicator.reverseExclusiveScan(values));
      await changed("allReduce", (values) => communicator.allReduce(values));
      await changed("broadcast", (values) => communicator.broadcast(values, size - 1));
      const all = await communicator.allGather(place(message(Kind, length, rank)));
      if (!(all instanceof Kind)) throw new TypeError(`allGather returns no ${Kind.name}`);
      await record("allGather", all);
    }
  }
  return results;
}

/** Returns whether an all-reduce of numbers whose sums are rounded gives the same bits on all ranks. */
async function sameBits(communicator: Communicator, length: number): Promise<string> {
  const { rank } = communicator;
  const values = Float32Array.from({ length }, (_, i) => Math.sin(i + 1) / (rank + 1));
  await communicator.allReduce(values);
  const own = Uint32Array.of(parseInt((await digest(values)).slice(0, 8), 16));
  const all = await communicator.allGather(own);
  return `same bits ${length}: ${all.every((each) => each === own[0])}`;
}

/** Runs all calls on all ranks, then in groups, and groups of groups. */
export async function runCalls(
  communicator: Communicator,
  lengths: readonly number[],
): Promise<string[]> {
  const { rank, size } = communicator;
  const results = await resultsOfCalls(communicator, lengths, (values) => values);
  const short = lengths.filter((length) => length < 1000);
  for (const shared of [false, true]) {
    const place = (values: Numbers) => inWasm(values, shared);
    results.push(...await resultsOfCalls(communicator, short, place));
  }
  for (const length of lengths) results.push(await sameBits(communicator, length));
  const parity = await communicator.split(rank % 2);
  results.push(`parity ${parity.rank} of ${parity.size}`);
  results.push(...await resultsOfCalls(parity, short, (values) => values));
  const halves = await parity.split(parity.rank < size / 4 ? 5 : 2);
  results.push(`half ${halves.rank} of ${halves.size}`);
  results.push(...await resultsOfCalls(halves, short, (values) => values));
  return results;
}
