/** Whether WebGPU can be tested here. */

/**
 * Locally a missing adapter is a visible ignore; the gate, which sets CI, fails without one.
 *
 * @throws {Error} in CI, if there is none.
 */
export async function hasAdapter(): Promise<boolean> {
  if (await navigator.gpu?.requestAdapter()) return true;
  if (Deno.env.get("CI")) {
    throw new Error("Cannot test WebGPU: there is no adapter; install mesa-vulkan-drivers");
  }
  return false;
}
