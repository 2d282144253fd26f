/**
 * Whether an encode screens (see the kernel `encodeScreened`): as a caller asks for, where the backend can.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { checkOneOf } from "../base/checks.ts";

/**
 * Whether to encode by certified screening, which gives the same bits: "on", "off", or "auto" where it is faster.
 */
export type AskedScreening = "auto" | "on" | "off";

const WORDS = ["auto", "on", "off"] as const;

/** Returns the screening that options ask for, "auto" by default. */
export function askedScreening(
  { screening }: { readonly screening?: AskedScreening },
  task: string,
): AskedScreening {
  return checkOneOf(screening ?? "auto", WORDS, "screening", task);
}

/**
 * Returns whether a backend screens as asked for.
 *
 * @throws {TypeError} if screening is "on" and the backend has no kernels for it.
 */
export function screensOn(
  { name, description, screening }: Backend,
  asked: AskedScreening,
  task: string,
): boolean {
  if (asked !== "on") return asked === "auto" && screening === "faster";
  if (screening !== undefined) return true;
  throw new TypeError(
    `Cannot ${task}: screening is "on" but the backend ${name} (${description}) has no kernels for it`,
  );
}
