/**
 * Tiles of the matrix products.
 *
 * @module
 */
import { groupsOf, type Planner } from "../launch.ts";

/** Large tiles that keep a large GPU busy: with fewer, small tiles spread the work further. */
const ENOUGH_TILES = 256;

/** How a product of [rows, columns] is divided. */
export interface Tiling {
  readonly options: { readonly SIDE: 8 | 16 };
  readonly groups: readonly [number, number];
  readonly tiles: number;
}

/** Returns tiles of 128×128 if there are enough of them, else of 64×64. */
export function tilesOf(rows: number, columns: number, { tileSide }: Planner): Tiling {
  const at = (side: 8 | 16): Tiling => {
    const groups = [groupsOf(columns, 8 * side), groupsOf(rows, 8 * side)] as const;
    return { options: { SIDE: side }, groups, tiles: groups[0] * groups[1] };
  };
  const large = at(16);
  return tileSide === 8 || (tileSide === undefined && large.tiles < ENOUGH_TILES) ? at(8) : large;
}

/** Whether a product of [rows, columns] fills all its tiles. */
export function fills(rows: number, columns: number, { options: { SIDE } }: Tiling): boolean {
  return rows % (8 * SIDE) === 0 && columns % (8 * SIDE) === 0;
}

/** Returns the quads of k in a tile: as many as its threads bring at four quads each, if they fit in workgroup memory. */
export function depthOf({ workgroupBytes }: Planner, SIDE: 8 | 16): { DEPTH: number } {
  return { DEPTH: SIDE === 16 && workgroupBytes >= 18_960 ? 4 : 2 };
}

/** Returns what a place of a quad is called where elements are written by fours, and one by one. */
function placesOf(width: number): string {
  return width % 4 === 0 ? "vec4<f32>(0.0, 1.0, 2.0, 3.0)" : "0.0";
}

/** Returns `featuresOf(d)` for shaders that also write rows of d elements. */
export function writtenFeaturesOf(d: number): ReturnType<typeof featuresOf> & { PLACES: string } {
  return { ...featuresOf(d), PLACES: placesOf(d) };
}

/** Returns `latentsOf(N)` for shaders that also write rows of N elements. */
export function writtenLatentsOf(
  N: number,
): ReturnType<typeof latentsOf> & { LATENT_PLACES: string } {
  return { ...latentsOf(N), LATENT_PLACES: placesOf(N) };
}

/** Returns how arrays with rows of d elements are read: by fours if rows begin at multiples of four. */
export function featuresOf(d: number): { Features: string; WIDTH: number } {
  return d % 4 === 0 ? { Features: "vec4<f32>", WIDTH: 4 } : { Features: "f32", WIDTH: 1 };
}

/** Returns the same for arrays with rows of N elements. */
export function latentsOf(N: number): { Latents: string; LATENT_WIDTH: number } {
  const { Features, WIDTH } = featuresOf(N);
  return { Latents: Features, LATENT_WIDTH: WIDTH };
}
