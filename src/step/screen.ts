/**
 * The tensors of certified screening: see the kernel `encodeScreened`.
 *
 * @module
 */
import type { Tensor } from "../../kernels/kernel.ts";
import { quantizedWords } from "../../kernels/quantize_rows.ts";
import type { Workspace } from "./workspace.ts";

/** What screening needs of the latents, as `quantizeLatents` and `adamEncoder` leave it, and what it measures. */
export interface LatentScreen {
  /** E in eight bits, four to a word: u32 [N, W]. */
  readonly quantizedLatents: Tensor;
  /** Scale, norm, norm of the error, and sum of each latent: [N, 4]. */
  readonly latentBounds: Tensor;
  /** Candidates per row of the last encode: [1]. */
  readonly candidates: Tensor;
}

/** What screening needs of the rows, as `quantizeRows` leaves it. */
export interface RowScreen {
  /** The encoder's input in two digits of seven bits, four to a word: u32 [B, 2, W]. */
  readonly quantizedRows: Tensor;
  /** Scale and norms of each row: [B, 5]. */
  readonly rowBounds: Tensor;
}

/** The tensors with which a step screens. */
export interface Screen extends LatentScreen, RowScreen {}

/** Makes the tensors of N latents. */
export function latentScreen(w: Workspace, N: number, d: number): LatentScreen {
  return {
    quantizedLatents: w.u32(N, quantizedWords(d)),
    latentBounds: w.f32(N, 4),
    candidates: w.f32(1),
  };
}

/** Makes the tensors of B rows, each of W words. */
export function rowScreen(w: Workspace, B: number, W: number): RowScreen {
  return { quantizedRows: w.u32(B, 2, W), rowBounds: w.f32(B, 5) };
}

/** Makes the tensors of B rows, beside those of the latents. */
export function screenOf(w: Workspace, B: number, latents: LatentScreen): Screen {
  return { ...latents, ...rowScreen(w, B, latents.quantizedLatents.shape[1]) };
}
