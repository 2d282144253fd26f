/** Whether WebGPU can be tested here, and tests that need it. */

import { whyNoVulkan } from "../missing.ts";

/**
 * Returns whether there is an adapter. Locally a missing one is a visible ignore; the gate, which sets CI, fails
 * without one. Without a Vulkan driver none is asked for: Mesa's OpenGL adapter is too slow and incomplete.
 *
 * @throws {Error} in CI, if there is none.
 */
export async function hasAdapter(): Promise<boolean> {
  const reason = whyNoVulkan();
  if (!reason && await navigator.gpu?.requestAdapter()) return true;
  const missing = reason ?? "the Vulkan driver offers no adapter (Debian: mesa-vulkan-drivers)";
  if (Deno.env.get("CI")) throw new Error(`Cannot test WebGPU: ${missing}`);
  Deno.test({ name: `WebGPU (ignored: ${missing})`, ignore: true, fn() {} });
  return false;
}

/** Defines a test. */
export type DefineTest = (name: string, fn: (t: Deno.TestContext) => void | Promise<void>) => void;

/** Defines tests that need an adapter: they are shown as ignored where there is none. */
export async function webGpuTest(): Promise<DefineTest> {
  const ignore = !await hasAdapter();
  return (name, fn) => Deno.test({ name, ignore, fn });
}
