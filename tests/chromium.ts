/** The program and the arguments of Debian's Chromium, shared by all tests that open pages. */

/** The program; the variable CHROMIUM overrides it. */
export const CHROMIUM: string = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** Arguments for a browser without a sandbox, which CI may not permit, that makes no requests of its own. */
export const QUIET: readonly string[] = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Arguments for WebGPU on SwiftShader, which needs no GPU. */
export const SOFTWARE_WEBGPU: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];
