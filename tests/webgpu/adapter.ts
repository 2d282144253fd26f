/** Whether WebGPU can be tested here, and tests that need it. */

import { named, whyNoVulkan } from "../missing.ts";

/**
 * Returns why there is no adapter, or undefined if there is one. Without a Vulkan driver none is asked for: Mesa's
 * OpenGL adapter is too slow and incomplete.
 *
 * @throws {Error} in CI, if there is none: the gate installs a driver.
 */
async function findMissing(): Promise<string | undefined> {
  const reason = whyNoVulkan();
  if (!reason && await navigator.gpu?.requestAdapter()) return undefined;
  const missing = reason ?? "the Vulkan driver offers no adapter (Debian: mesa-vulkan-drivers)";
  if (Deno.env.get("CI")) throw new Error(`Cannot test WebGPU: ${missing}`);
  return missing;
}

/** Why tests of WebGPU are ignored here, if they are. */
export const whyNoAdapter: string | undefined = await findMissing();

/** Shows in files of tests on every backend that WebGPU is not among them. */
export function showMissingAdapter(): void {
  if (whyNoAdapter) Deno.test({ ...named("WebGPU", whyNoAdapter), fn() {} });
}

/** Defines a test that needs an adapter: it is shown as ignored where there is none. */
export function gpuTest(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({ ...named(name, whyNoAdapter), fn });
}
