/**
 * Whether the next step is computed densely or sparsely, by measured density.
 *
 * @module
 */
import type { ResolvedLoss } from "./loss_options.ts";

/** Dense becomes sparse below the first share of active latents, sparse becomes dense above the second. */
const TO_SPARSE = 0.1, TO_DENSE = 0.2;
/** Room for this many times the active latents measured. */
const HEADROOM = 2;

/** The choice, with hysteresis. Deterministic: it is told densities at fixed steps only. */
export class PathChoice {
  readonly #forced?: "dense" | "sparse";
  readonly #loss: ResolvedLoss;
  readonly #latentCount: number;
  /** Active latents per row that the sparse path makes room for. */
  #room: number;
  /** The path of the next step. */
  current: "dense" | "sparse";

  constructor(path: "auto" | "dense" | "sparse", loss: ResolvedLoss, latentCount: number) {
    this.#loss = loss;
    this.#latentCount = latentCount;
    const selects = loss.selection === "topk" || loss.selection === "batchtopk";
    this.#room = selects ? loss.k : latentCount;
    if (path !== "auto") this.#forced = path;
    this.current = this.#forced ?? (selects || loss.selection === "jumprelu" ? "sparse" : "dense");
  }

  /** Room for active latents in a batch of B rows, or undefined for the dense path. */
  capacity(B: number): number | undefined {
    return this.current === "dense" ? undefined : B * this.#room;
  }

  /** Takes note of the largest mean L0 measured lately. */
  observe(l0: number): void {
    const { selection } = this.#loss;
    if (selection === "topk" || selection === "batchtopk") return;
    const density = l0 / this.#latentCount;
    if (!this.#forced) {
      if (density < TO_SPARSE) this.current = "sparse";
      else if (density > TO_DENSE) this.current = "dense";
    }
    // Powers of two keep the number of recorded programs small while the density drifts.
    const wanted = Math.min(2 ** Math.ceil(Math.log2(HEADROOM * l0 + 1)), this.#latentCount);
    if (wanted > this.#room || wanted * 4 <= this.#room) this.#room = wanted;
  }
}
