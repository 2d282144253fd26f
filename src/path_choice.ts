/**
 * Whether a step is computed densely or sparsely: by the activation at first, then by measured density.
 *
 * @module
 */
import type { Selection } from "../kernels/encode_sparse.ts";
import type { AskedPath, ResolvedLoss } from "./loss_options.ts";

/** Dense becomes sparse below the first share of active latents, sparse becomes dense above the second. */
const TO_SPARSE = 0.1, TO_DENSE = 0.2;
/** Room for this many times the active latents measured. */
const HEADROOM = 2;

/** Whether an activation selects latents, and so needs no penalty to be sparse. */
export function isSelective(selection: Selection): boolean {
  return selection === "topk" || selection === "batchtopk" || selection === "jumprelu";
}

/**
 * Active latents per row that the sparse path makes room for, before any density is known: k, or all N
 * where their number is not known. Undefined for the dense path.
 */
export function sparseRoom(
  { selection, k }: ResolvedLoss,
  latentCount: number,
  asked: AskedPath,
): number | undefined {
  // An identity latent at exactly 0 has a gradient, which sparse codes would leave out.
  if (asked === "dense" || selection === "identity") return undefined;
  if (asked === "auto" && !isSelective(selection)) return undefined;
  return k > 0 ? k : latentCount;
}

/** The choice, with hysteresis. Deterministic: it is told densities at fixed steps only. */
export class PathChoice {
  /** Whether densities decide nothing: the path was asked for, or the activation leaves no choice. */
  readonly #fixed: boolean;
  /** Whether the number of active latents is k, and so not worth measuring. */
  readonly #known: boolean;
  readonly #latentCount: number;
  /** Active latents per row that the sparse path makes room for. */
  #room: number;
  /** The path of the next step. */
  current: "dense" | "sparse";

  constructor(asked: AskedPath, loss: ResolvedLoss, latentCount: number) {
    const room = sparseRoom(loss, latentCount, asked);
    this.#fixed = asked !== "auto" || loss.selection === "identity";
    this.#known = loss.k > 0;
    this.#latentCount = latentCount;
    this.#room = room ?? latentCount;
    this.current = room === undefined ? "dense" : "sparse";
  }

  /** Room for active latents in a batch of B rows, or undefined for the dense path. */
  capacity(B: number): number | undefined {
    return this.current === "dense" ? undefined : B * this.#room;
  }

  /** Takes note of the largest mean L0 measured lately; true if that changes the path or its room. */
  observe(l0: number): boolean {
    if (this.#known) return false;
    const before = this.capacity(1);
    const density = l0 / this.#latentCount;
    if (!this.#fixed) {
      if (density < TO_SPARSE) this.current = "sparse";
      else if (density > TO_DENSE) this.current = "dense";
    }
    // Powers of two keep the number of recorded programs small while the density drifts.
    const wanted = Math.min(2 ** Math.ceil(Math.log2(HEADROOM * l0 + 1)), this.#latentCount);
    if (wanted > this.#room || wanted * 4 <= this.#room) this.#room = wanted;
    return this.capacity(1) !== before;
  }
}
