/**
 * Runs of the entries of codes by latent, and sums over them.
 *
 * @module
 */
import type { Tensor } from "../../kernel.ts";
import {
  type Bindable,
  groupsOf,
  type Planner,
  rowSlices,
  rowsOf,
  type Scratch,
} from "../launch.ts";
import { featuresOf } from "./tiles.ts";

/** Entries in a run of one latent. */
const CHUNK = 256;

/** The entries of codes by latent in runs, for each slice of the latents. */
export interface EntryRuns {
  /** Options of all shaders that take runs. */
  readonly options: ReturnType<typeof featuresOf> & { readonly CHUNK: number };
  /** Runs past the heads of the latents. */
  readonly windows: number;
  readonly slices: readonly {
    /** Returns this slice of an array [N, d]. */
    of(tensor: Tensor): Bindable;
    readonly sizes: Readonly<Record<"B" | "N" | "latents" | "firstLatent" | "columns", number>>;
    /** One for each latent and each window. */
    readonly groups: number;
  }[];
}

/** Returns the runs of K entries. */
export function entryRuns(
  planner: Planner,
  { B, d, N, K }: Readonly<Record<"B" | "d" | "N" | "K", number>>,
): EntryRuns {
  const features = featuresOf(d);
  const windows = groupsOf(K, CHUNK);
  const slices = [...rowSlices(N, 4 * d, planner)].map(({ from, to }) => ({
    of: (tensor: Tensor) => rowsOf(tensor, from, to, d),
    sizes: { B, N, latents: to - from, firstLatent: from, columns: d / features.WIDTH },
    groups: to - from + windows,
  }));
  return { options: { ...features, CHUNK }, windows, slices };
}

/** What `sumEntries` reads and writes. */
export interface EntrySums {
  readonly latentOffsets: Tensor;
  readonly latentRows: Tensor;
  readonly latents: Scratch;
  readonly decoder: Tensor;
  /** A factor per entry. */
  readonly factors: Bindable;
  readonly rows: Tensor;
  readonly gradient: Tensor;
  /** Room for `windows` rows. */
  readonly partials: Scratch;
}

/**
 * Computes gradient_i = Σ_e factors_e · rows_(row e): first from the heads of the latents and from windows, then from
 * the windows of latents with many entries. BLOCKED takes the rows of the latent's block, and adds the penalty's
 * pull; ADDS adds to what was there.
 */
export function sumEntries(
  planner: Planner,
  { options, windows, slices }: EntryRuns,
  { decoder, gradient, partials, ...others }: EntrySums,
  choice: { readonly BLOCKED: boolean; readonly ADDS?: boolean },
): void {
  for (const { of, sizes, groups } of slices) {
    const LANES = Math.min(256, 32 * groupsOf(sizes.columns, 32));
    planner.dispatch({
      shader: "sparse_latent_gradients",
      options: { ...options, ...choice, LANES },
      sizes: { ...sizes, groups },
      buffers: { ...others, decoder: of(decoder), gradient: of(gradient), partials },
      groups,
    });
    planner.dispatch({
      shader: "sparse_latent_gradients_rest",
      options: { ...options, LANES },
      sizes: { ...sizes, groups: windows },
      buffers: { latentOffsets: others.latentOffsets, partials, gradient: of(gradient) },
      groups: windows,
    });
  }
}
