/** Where the temporaries of a program are: random programs, run by marks on bytes. */

import { assert, assertEquals } from "@std/assert";
import { layOut, type Lifetime, type Use } from "../../kernels/webgpu/layout.ts";
import { Random } from "../../mod.ts";

const use = (at: number, side = 0, writes = true): Use => ({ at, side, writes });
/** One branch: sides 1 and 2. */
const isApart = (side: number, other: number) => side + other === 3;

/** Writes each temporary at its first use; where it is used later, its bytes must still be its own. */
function run(lifetimes: readonly Lifetime[], taken: number): void {
  const { places, bufferBytes } = layOut(lifetimes, isApart);
  const buffers = bufferBytes.map((bytes) => new Int32Array(bytes).fill(-1));
  const events = lifetimes.flatMap(({ uses }, n) => uses.map((each) => ({ ...each, n })))
    .filter(({ side }) => side === 0 || side === taken)
    .sort((a, b) => a.at - b.at);
  const written = new Set<number>();
  for (const { at, writes, n } of events) {
    const { buffer, offset } = places[n];
    assertEquals(offset % 256, 0);
    assert(offset + lifetimes[n].bytes <= bufferBytes[buffer], "within its buffer");
    const clash = events.some((other) =>
      other.at === at && other.writes !== writes && places[other.n].buffer === buffer
    );
    assert(!clash, `dispatch ${at} reads and writes buffer ${buffer}`);
    const own = buffers[buffer].subarray(offset, offset + lifetimes[n].bytes);
    if (written.has(n)) assert(own.every((mark) => mark === n), `${n} is overwritten before ${at}`);
    own.fill(n);
    written.add(n);
  }
}

Deno.test("temporaries keep their bytes from the first to the last use, on either side of a branch", () => {
  const random = Random.fromSeed(5);
  const below = (most: number) => Math.floor(random.uniform() * most);
  for (let trial = 0; trial < 200; trial++) {
    // Dispatches 0 to 5 come before the branch, 6 to 11 are its first side, 12 to 17 the other, the rest come after.
    const sideOf = (at: number) => at < 6 || at > 17 ? 0 : at < 12 ? 1 : 2;
    const lifetimes = Array.from({ length: 12 }, () => {
      const side = below(3);
      const uses = [...new Set(Array.from({ length: 1 + below(4) }, () => below(24)))]
        .filter((at) => side === 0 || at < 6 || sideOf(at) === side)
        .map((at) => use(at, sideOf(at), random.uniform() < 0.5));
      return { bytes: 4 * (1 + below(300)), uses };
    });
    for (const taken of [1, 2]) run(lifetimes, taken);
  }
});

Deno.test("the sides of a branch share memory, and what both need does not", () => {
  const before = { bytes: 512, uses: [use(0), use(1, 1, false), use(3, 2, false)] };
  const zero = { bytes: 2048, uses: [use(1, 1), use(2, 1)] };
  const nonzero = { bytes: 4096, uses: [use(3, 2), use(4, 2)] };
  const { places, bufferBytes } = layOut([before, zero, nonzero], isApart);
  assertEquals(bufferBytes, [4096, 512]);
  assertEquals(places.map(({ buffer }) => buffer), [1, 0, 0]);
});

Deno.test("what a side takes over from before the branch makes room for the other side", () => {
  const codes = { bytes: 1000, uses: [use(0), use(1, 1, false)] };
  const others = { bytes: 1000, uses: [use(0), use(1, 1, false)] };
  const dense = { bytes: 4096, uses: [use(2, 2), use(3, 2, false)] };
  const { places, bufferBytes } = layOut([codes, others, dense], isApart);
  assertEquals(bufferBytes, [4096]);
  assertEquals(places.map(({ offset }) => offset), [0, 1024, 0]);
});

Deno.test("temporaries that nothing uses take no memory", () => {
  assertEquals(layOut([{ bytes: 100, uses: [] }], isApart).bufferBytes, []);
});
