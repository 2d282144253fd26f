/**
 * Whether the encode of the sparse algorithm screens: as asked for at first, then by measured candidates.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { type AskedScreening, type ScreenedEncode, screensOn } from "../model/screening.ts";

/**
 * The share of latents that are candidates above which screening is given up. Where a block of rows and latents has too
 * many, the kernel computes it plainly, and all its latents count. At (B 1024, d 128) on WASM (measured on both SIMD
 * tiers, with blocks of up to an eighth of candidates), steps with 41 % candidates take 5 to 9 % less time than plain
 * ones, with 88 % they take 3 % more.
 */
const MOST_CANDIDATES = 1 / 2;
/** The share of the L0 at which screening was given up, below which it is tried again. */
const FEWER_ACTIVE = 0.75;
/**
 * Readings after which it is tried again even so: with top-k, L0 stays the same while the candidates become fewer. One
 * trial in nine readings costs 3 % / 9.
 */
const RETRY_AFTER = 8;

/** What is measured between two observations. */
export interface MeasuredScreening {
  /** Largest mean L0. */
  readonly l0: number;
  /** Candidates per row of the last step; undefined if it did not screen. */
  readonly candidates?: number;
}

/** Chooses with hysteresis whether sparse steps screen. It has no influence on any result, so no checkpoint holds it. */
export class ScreeningChoice {
  /** Whether measured candidates have no influence: the caller or the backend has decided. */
  readonly #fixed: boolean;
  readonly #latentCount: number;
  /** L0 when screening was given up. */
  #givenUpAt = 0;
  /** Readings since then. */
  #readings = 0;
  /** Whether the next sparse step screens. */
  current: boolean;

  /** @throws {TypeError} as `screensOn`. */
  constructor(asked: AskedScreening, backend: Backend, encode: ScreenedEncode, task: string) {
    this.current = screensOn(backend, asked, encode, task);
    this.#fixed = asked !== "auto" || !this.current;
    this.#latentCount = encode.latentCount;
  }

  /** Observes what was measured since the last call. */
  observe({ l0, candidates }: MeasuredScreening): void {
    if (this.#fixed) return;
    if (!this.current) {
      this.#readings++;
      this.current = l0 < FEWER_ACTIVE * this.#givenUpAt || this.#readings >= RETRY_AFTER;
    } else if (candidates !== undefined && candidates > MOST_CANDIDATES * this.#latentCount) {
      this.current = false;
      this.#givenUpAt = l0;
      this.#readings = 0;
    }
  }
}
