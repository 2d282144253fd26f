/**
 * Whether a step is computed densely or sparsely: by the activation at first, then by measured density.
 *
 * @module
 */
import { checkInteger, checkOneOf } from "../base/checks.ts";
import { isSelective, type ResolvedActivation } from "../model/activation.ts";

/** The algorithm that a caller asks for: see `LossOptions.algorithm`. */
export type AskedAlgorithm = "auto" | "dense" | "sparse";

/** The share of active latents below which dense becomes sparse. */
const TO_SPARSE = 0.1;
/** The share of active latents above which sparse becomes dense. */
const TO_DENSE = 0.2;
/**
 * New room, as a multiple of the active latents measured. Each entry takes 25 bytes on WASM and 28 on WebGPU,
 * whether or not it is used.
 */
const HEADROOM = 1.5;
/** The multiple of the active latents measured below which room is enlarged. */
const LEAST_HEADROOM = 1.2;
/** The multiple of the room wanted above which room is reduced. */
const TOO_MUCH = 4;
/** Sizes of room per octave: few, because programs are recorded anew for each size. */
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

/**
 * Returns the active latents per row that the sparse algorithm has room for before any density is measured: k,
 * or all N where the activation does not limit their number. Undefined for the dense algorithm.
 */
export function sparseRoom(
  { selection, k }: ResolvedActivation,
  latentCount: number,
  asked: AskedAlgorithm,
): number | undefined {
  // An identity latent at exactly 0 has a gradient, which sparse codes would leave out.
  if (asked === "dense" || selection === "identity") return undefined;
  if (asked === "auto" && !isSelective(selection)) return undefined;
  return k > 0 ? Math.ceil(k) : latentCount;
}

/** The state of an {@linkcode AlgorithmChoice}. */
export interface AlgorithmState {
  /** The algorithm of the next step. */
  readonly current: "dense" | "sparse";
  /** Active latents per row that the sparse algorithm has room for. */
  readonly room: number;
}

/** Chooses the algorithm with hysteresis. Deterministic, because it observes densities at fixed steps only. */
export class AlgorithmChoice {
  /** Whether the measured density has no influence: the caller or the activation has decided. */
  readonly #fixed: boolean;
  /** Whether the activation keeps k latents per row, so that there is nothing to measure. */
  readonly #known: boolean;
  readonly #latentCount: number;
  /** Active latents per row that the sparse algorithm has room for. */
  #room: number;
  /** The algorithm of the next step. */
  current: "dense" | "sparse";

  constructor(asked: AskedAlgorithm, activation: ResolvedActivation, latentCount: number) {
    const room = sparseRoom(activation, latentCount, asked);
    this.#fixed = asked !== "auto" || activation.selection === "identity";
    this.#known = activation.k > 0;
    this.#latentCount = latentCount;
    this.#room = room ?? latentCount;
    this.current = room === undefined ? "dense" : "sparse";
  }

  /** Returns the state, for `restore`. */
  state(): AlgorithmState {
    return { current: this.current, room: this.#room };
  }

  /**
   * Continues from a state.
   *
   * @throws {RangeError} if this choice cannot reach the state.
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

  /** Returns how many active latents of B rows there is room for, or undefined for the dense algorithm. */
  roomFor(B: number): number | undefined {
    return this.current === "dense" ? undefined : B * this.#room;
  }

  /** Observes the largest mean L0 measured since the last call; returns whether the algorithm or its room changes. */
  observe(l0: number): boolean {
    if (this.#known) return false;
    const before = this.roomFor(1);
    const density = l0 / this.#latentCount;
    if (!this.#fixed) {
      if (density < TO_SPARSE) this.current = "sparse";
      else if (density > TO_DENSE) this.current = "dense";
    }
    if (this.current === "dense") return before !== undefined;
    const room = this.#room;
    const wanted = roundedRoom(HEADROOM * l0 + 1, this.#latentCount);
    const scarce = room < Math.min(LEAST_HEADROOM * l0 + 1, this.#latentCount);
    // After dense steps the room is out of date.
    if (before === undefined || scarce || wanted * TOO_MUCH <= room) this.#room = wanted;
    return this.roomFor(1) !== before;
  }
}

/** Returns the smallest size of room for this many active latents per row, at most N. */
function roundedRoom(active: number, latentCount: number): number {
  const unit = Math.max(2 ** Math.floor(Math.log2(active)) / ROOMS_PER_OCTAVE, 1);
  return Math.min(unit * Math.ceil(active / unit), latentCount);
}
