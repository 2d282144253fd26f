/**
 * `Atomics.pause` where the engine has it, for loops that spin.
 *
 * @module
 */

/** Returns a function that tells the processor that the thread spins. */
export function pauseFunction(): () => void {
  if (!("pause" in Atomics && typeof Atomics.pause === "function")) return () => {};
  const { pause } = Atomics;
  return () => pause.call(Atomics);
}
