/**
 * The workgroup counts and the uniform `Sizes` of dispatches.
 *
 * @module
 */
import { shaders } from "./generated/shaders.ts";
import type { Recorded } from "./recording.ts";
import { fieldsOf } from "./shader.ts";

/** Most workgroups in a dimension: WebGPU's default limit, and every adapter's. */
const MOST_GROUPS = 65535;

/** Returns the workgroups in x and y; those past the last return at once. */
export function gridOf({ groups, shader }: Recorded): readonly [number, number] {
  if (typeof groups !== "number") {
    if (Math.max(...groups) <= MOST_GROUPS) return groups;
    throw new RangeError(
      `Cannot run ${shader}: it takes ${groups} workgroups but a side of the grid ${MOST_GROUPS}`,
    );
  }
  const x = groups <= MOST_GROUPS ? groups : Math.ceil(Math.sqrt(groups));
  return [x, Math.ceil(groups / x)];
}

/** Returns the `Sizes` of all dispatches in one buffer, and where each begins. */
export function packSizes(
  dispatches: readonly Recorded[],
  grids: readonly (readonly [number, number])[],
  alignment: number,
  branches: { readonly entries: number; readonly header: number },
): { uniforms: Uint32Array<ArrayBuffer>; offsets: number[] } {
  const words = Math.max(alignment, 64) / 4;
  const uniforms = new Uint32Array(words * dispatches.length);
  const floats = new Float32Array(uniforms.buffer);
  const offsets = dispatches.map(({ shader, sizes = {} }, n) => {
    const all: Record<string, number> = { groupsX: grids[n][0], ...branches, ...sizes };
    fieldsOf(shaders[shader].source).forEach(([field, type], f) => {
      if (!(field in all)) throw new Error(`Cannot run ${shader}: its size ${field} is missing`);
      (type === "u32" ? uniforms : floats)[words * n + f] = all[field];
    });
    return 4 * words * n;
  });
  return { uniforms, offsets };
}
