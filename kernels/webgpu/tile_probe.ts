/**
 * Chooses the tile of an adapter by timing both on one product, once per adapter.
 *
 * @module
 */
import { encode } from "../encode.ts";
import type { Backend, Program } from "../kernel.ts";
import { Choices, timeInTurns } from "./probes.ts";

/** Threads on a side of a tile. */
export type TileSide = 8 | 16;

/** The result of a probe: always the small tile, or a tile by the size of the product. */
export type TileChoice = 8 | undefined;

/** The product that is timed: 17 GF, with enough tiles of either size for a large GPU. */
const SIZES = { B: 1024, d: 512, N: 16384 } as const;
/** Fewest seconds in a measurement: waiting for the device alone may take 12 ms. */
const LEAST_SECONDS = 0.06;
/**
 * How much faster the small tile must be. Some sums depend on the tile in their last bits, so the choice must
 * not change with the noise of the measurement.
 */
const MARGIN = 1.15;

const known = /* @__PURE__ */ new Choices<TileChoice>();

/** Returns the choice for an adapter, which is probed at the first call and kept under the adapter's name. */
export function tileChoiceOf(
  adapter: string,
  probe: () => Promise<TileChoice>,
): Promise<TileChoice> {
  return known.of(adapter, probe);
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
      const programs = [
        { backend: backends[8], program: small.program },
        { backend: backends[16], program: large.program },
      ];
      const seconds = await timeInTurns(programs, leastSeconds);
      return { 8: seconds[0], 16: seconds[1] };
    } finally {
      large[Symbol.dispose]();
    }
  } finally {
    small[Symbol.dispose]();
  }
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
