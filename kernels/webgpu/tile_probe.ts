/**
 * Chooses the tile of an adapter by timing both on one product, once per adapter.
 *
 * @module
 */
import { encode } from "../encode.ts";
import type { Backend, Program } from "../kernel.ts";

/** Threads on a side of a tile. */
export type TileSide = 8 | 16;

/** The result of a probe: always the small tile, or a tile by the size of the product. */
export type TileChoice = 8 | undefined;

/** The product that is timed: 17 GF, with enough tiles of either size for a large GPU. */
const SIZES = { B: 1024, d: 512, N: 16384 } as const;
/** Rounds, each side in turn; the shortest time counts. The first warms up. */
const ROUNDS = 4;
/** Fewest seconds in a measurement: waiting for the device alone may take 12 ms. */
const LEAST_SECONDS = 0.06;
/**
 * How much faster the small tile must be. Some sums depend on the tile in their last bits, so the choice must
 * not change with the noise of the measurement.
 */
const MARGIN = 1.15;

const known = new Map<string, Promise<TileChoice>>();

/** Returns the choice for an adapter, which is probed at the first call and kept under the adapter's name. */
export function tileChoiceOf(
  adapter: string,
  probe: () => Promise<TileChoice>,
): Promise<TileChoice> {
  const found = known.get(adapter);
  if (found) return found;
  const choice = probe();
  known.set(adapter, choice);
  // The next device is probed again if this one was lost during the probe.
  choice.catch(() => known.delete(adapter));
  return choice;
}

/** Chooses a tile by the seconds that each took. */
export function chooseTile(seconds: Readonly<Record<TileSide, number>>): TileChoice {
  return seconds[8] * MARGIN < seconds[16] ? 8 : undefined;
}

/** Returns the seconds that the product takes on a backend of each tile. */
export async function probeTiles(
  backends: Readonly<Record<TileSide, Backend>>,
  sizes: { readonly B: number; readonly d: number; readonly N: number } = SIZES,
  leastSeconds: number = LEAST_SECONDS,
): Promise<Record<TileSide, number>> {
  const small = await recordProduct(backends[8], sizes);
  try {
    const large = await recordProduct(backends[16], sizes);
    try {
      return await timeInTurns(backends, { 8: small.program, 16: large.program }, leastSeconds);
    } finally {
      large[Symbol.dispose]();
    }
  } finally {
    small[Symbol.dispose]();
  }
}

/** Returns the shortest time of each program, after a first round that warms up. */
async function timeInTurns(
  backends: Readonly<Record<TileSide, Backend>>,
  programs: Readonly<Record<TileSide, Program>>,
  leastSeconds: number,
): Promise<Record<TileSide, number>> {
  const seconds = { 8: Infinity, 16: Infinity };
  let runs = 1;
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of [8, 16] as const) {
      const backend = backends[side];
      for (;; runs *= 2) {
        await backend.idle();
        const start = performance.now();
        for (let run = 0; run < runs; run++) backend.submit(programs[side]);
        await backend.idle();
        const elapsed = (performance.now() - start) / 1e3;
        if (elapsed < leastSeconds) continue;
        if (round > 0) seconds[side] = Math.min(seconds[side], elapsed / runs);
        break;
      }
    }
  }
  return seconds;
}

async function recordProduct(
  backend: Backend,
  { B, d, N }: { readonly B: number; readonly d: number; readonly N: number },
): Promise<Disposable & { readonly program: Program }> {
  const made: Disposable[] = [];
  const dispose = () => {
    for (const resource of made.reverse()) resource[Symbol.dispose]();
  };
  const own = <T extends Disposable>(resource: T): T => {
    made.push(resource);
    return resource;
  };
  const f32 = (...shape: number[]) => own(backend.tensor("f32", shape));
  try {
    const operands = {
      input: f32(B, d),
      encoder: f32(N, d),
      encoderBias: f32(N),
      threshold: f32(N),
      activations: f32(B, N),
    };
    const program = own(
      await backend.record((r) => r.run(encode, operands, { activation: "relu" })),
    );
    return { program, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
