/**
 * Whether an encode screens (see the kernel `encodeScreened`): as a caller asks for, where the backend can.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkOneOf } from "../base/checks.ts";
import type { ResolvedActivation } from "./activation.ts";

/**
 * Whether to encode by certified screening, which gives the same bits: "on", "off", or "auto" where it is faster.
 */
export type AskedScreening = "auto" | "on" | "off";

const WORDS = ["auto", "on", "off"] as const;

/** Fewer inputs are multiplied about as fast as they are screened: 13.6 and 13.9 ms at (B 1024, d 64, N 4096) on WASM. */
const LEAST_INPUTS = 96;
/** With fewer latents for each of the k that are kept, too many stay candidates: at (d 128, N 1024, k 32) steps lose a quarter. */
const LATENTS_PER_KEPT = 64;

/** What is encoded, as far as it decides whether screening pays. */
export interface ScreenedEncode extends Pick<ResolvedActivation, "selection" | "k"> {
  readonly inputSize: number;
  readonly latentCount: number;
}

/** Returns the screening that options ask for, "auto" by default. */
export function askedScreening(
  { screening }: { readonly screening?: AskedScreening },
  task: string,
): AskedScreening {
  return checkOneOf(screening ?? "auto", WORDS, "screening", task);
}

/**
 * Returns whether a backend screens as asked for: with "auto" where that is faster. An identity excludes nothing.
 *
 * @throws {TypeError} as `checkScreening`.
 */
export function screensOn(
  backend: Backend,
  asked: AskedScreening,
  { inputSize, latentCount, selection, k }: ScreenedEncode,
  task: string,
): boolean {
  const excludes = selection !== "identity";
  if (asked !== "on") {
    return asked === "auto" && backend.screening === "faster" && excludes &&
      (backend.screenedSelections?.includes(selection) ?? true) &&
      inputSize >= LEAST_INPUTS &&
      latentCount >= LATENTS_PER_KEPT * k;
  }
  checkScreening(backend, asked, task);
  return excludes;
}

/** Throws a TypeError if screening is "on" and the backend has no kernels for it. */
export function checkScreening(
  { name, description, screening }: Backend,
  asked: AskedScreening,
  task: string,
): void {
  if (asked !== "on" || screening !== undefined) return;
  throw new TypeError(
    `Cannot ${task}: screening is "on" but the backend ${name} (${description}) has no kernels for it`,
  );
}
