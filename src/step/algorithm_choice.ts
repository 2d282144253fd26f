/**
 * Whether a step is computed densely or sparsely: by the activation at first, then by measured density.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import { checkInteger, checkOneOf } from "../base/checks.ts";
import type { AskedAlgorithm, ResolvedLoss } from "../model/loss_options.ts";

/** Dense becomes sparse below the first share of active latents, sparse becomes dense above the second. */
const TO_SPARSE = 0.1, TO_DENSE = 0.2;
/**
 * Room for this many times the active latents measured, made anew when it is down to the second. An entry takes
 * 25 bytes on WASM and 28 on WebGPU, whichever of them are used.
 */
const HEADROOM = 1.5, LEAST_HEADROOM = 1.2;
/** Room is given up when it is so many times what is wanted. */
const TOO_MUCH = 4;
/** Rooms per octave. Every other room has programs of its own, to be recorded when the density has drifted there. */
const ROOMS_PER_OCTAVE = 8;

const ALGORITHMS = ["auto", "dense", "sparse"] as const;

let warned = false;

/**
 * Returns the algorithm that options ask for, "auto" by default. Its former name, `path`, is accepted with a
 * warning, once per process.
 */
export function askedAlgorithm(
  options: { readonly algorithm?: AskedAlgorithm; readonly path?: AskedAlgorithm },
  task: string,
): AskedAlgorithm {
  const { algorithm, path } = options;
  if (path === undefined) {
    return checkOneOf(algorithm ?? "auto", ALGORITHMS, "algorithm", task);
  }
  checkOneOf(path, ALGORITHMS, "path", task);
  if (algorithm !== undefined && algorithm !== path) {
    throw new RangeError(
      `Cannot ${task}: algorithm is "${algorithm}" but path, its former name, is "${path}"`,
    );
  }
  if (!warned) console.warn("@matryoshka/sae: the option `path` is now called `algorithm`");
  warned = true;
  return path;
}

/** Whether an activation selects latents, and so needs no penalty to be sparse. */
export function isSelective(selection: Selection): boolean {
  return selection === "topk" || selection === "batchtopk" || selection === "jumprelu";
}

/**
 * Active latents per row that the sparse algorithm makes room for, before any density is known: k, or all N
 * where their number is not known. Undefined for the dense algorithm.
 */
export function sparseRoom(
  { selection, k }: ResolvedLoss,
  latentCount: number,
  asked: AskedAlgorithm,
): number | undefined {
  // An identity latent at exactly 0 has a gradient, which sparse codes would leave out.
  if (asked === "dense" || selection === "identity") return undefined;
  if (asked === "auto" && !isSelective(selection)) return undefined;
  return k > 0 ? k : latentCount;
}

/** What a choice remembers. */
export interface AlgorithmState {
  /** The algorithm of the next step. */
  readonly current: "dense" | "sparse";
  /** Active latents per row that the sparse algorithm makes room for. */
  readonly room: number;
}

/** The choice, with hysteresis. Deterministic: it is told densities at fixed steps only. */
export class AlgorithmChoice {
  /** Whether densities decide nothing: one was asked for, or the activation leaves no choice. */
  readonly #fixed: boolean;
  /** Whether the number of active latents is k, and so not worth measuring. */
  readonly #known: boolean;
  readonly #latentCount: number;
  /** Active latents per row that the sparse algorithm makes room for. */
  #room: number;
  /** The algorithm of the next step. */
  current: "dense" | "sparse";

  constructor(asked: AskedAlgorithm, loss: ResolvedLoss, latentCount: number) {
    const room = sparseRoom(loss, latentCount, asked);
    this.#fixed = asked !== "auto" || loss.selection === "identity";
    this.#known = loss.k > 0;
    this.#latentCount = latentCount;
    this.#room = room ?? latentCount;
    this.current = room === undefined ? "dense" : "sparse";
  }

  /** What to remember between two processes. */
  state(): AlgorithmState {
    return { current: this.current, room: this.#room };
  }

  /**
   * Goes on from a state.
   *
   * @throws {RangeError} if it is none that this choice could be in.
   */
  restore({ current, room }: AlgorithmState, task: string): void {
    checkOneOf(current, ["dense", "sparse"], "algorithm.current", task);
    checkInteger(room, "algorithm.room", task);
    if (room > this.#latentCount || this.#known && room !== this.#room) {
      const wanted = this.#known ? `be ${this.#room}` : `be at most ${this.#latentCount}`;
      throw new RangeError(`Cannot ${task}: algorithm.room must ${wanted} but is ${room}`);
    }
    if ((this.#fixed || this.#known) && current !== this.current) {
      throw new RangeError(
        `Cannot ${task}: algorithm.current must be "${this.current}" but is "${current}"`,
      );
    }
    this.current = current;
    this.#room = room;
  }

  /** Room for active latents in a batch of B rows, or undefined for the dense algorithm. */
  capacity(B: number): number | undefined {
    return this.current === "dense" ? undefined : B * this.#room;
  }

  /** Takes note of the largest mean L0 measured lately; true if that changes the algorithm or its room. */
  observe(l0: number): boolean {
    if (this.#known) return false;
    const before = this.capacity(1);
    const density = l0 / this.#latentCount;
    if (!this.#fixed) {
      if (density < TO_SPARSE) this.current = "sparse";
      else if (density > TO_DENSE) this.current = "dense";
    }
    if (this.current === "dense") return before !== undefined;
    const room = this.#room, wanted = roomFor(HEADROOM * l0 + 1, this.#latentCount);
    const scarce = room < Math.min(LEAST_HEADROOM * l0 + 1, this.#latentCount);
    // Room of an earlier sparse stretch says nothing.
    if (before === undefined || scarce || wanted * TOO_MUCH <= room) this.#room = wanted;
    return this.capacity(1) !== before;
  }
}

/** The smallest of the rooms that holds so many active latents, or all. */
function roomFor(active: number, latentCount: number): number {
  const unit = Math.max(2 ** Math.floor(Math.log2(active)) / ROOMS_PER_OCTAVE, 1);
  return Math.min(unit * Math.ceil(active / unit), latentCount);
}
