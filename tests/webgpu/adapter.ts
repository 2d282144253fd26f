/** Whether WebGPU can be tested here, and tests that need it. */

/**
 * Whether there is an adapter. Locally a missing one is a visible ignore; the gate, which sets CI, fails
 * without one.
 *
 * @throws {Error} in CI, if there is none.
 */
export async function hasAdapter(): Promise<boolean> {
  if (await navigator.gpu?.requestAdapter()) return true;
  if (Deno.env.get("CI")) {
    throw new Error("Cannot test WebGPU: there is no adapter; install mesa-vulkan-drivers");
  }
  Deno.test({ name: "WebGPU: there is no adapter here", ignore: true, fn() {} });
  return false;
}

/** Defines a test. */
export type DefineTest = (name: string, fn: (t: Deno.TestContext) => void | Promise<void>) => void;

/** Defines tests that need an adapter: they are shown as ignored where there is none. */
export async function webGpuTest(): Promise<DefineTest> {
  const ignore = !await hasAdapter();
  return (name, fn) => Deno.test({ name, ignore, fn });
}
