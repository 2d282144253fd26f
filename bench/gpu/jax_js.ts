/**
 * jax-js on its WebGPU device, by the code that `bench/peers` has for its WebAssembly device. Loaded
 * only when asked for: `--config bench/peers/deno.json --jax-js`, with the package in Deno's cache.
 */
import type { Job, Peer, Running } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";

// Not literals, so that the package's own checks do not look for jax-js.
const JAX = "@jax-js/jax";
const PEER = "../peers/jax_js.ts";

/** Makes its arrays and programs on WebGPU. */
export async function startJaxJs(): Promise<Peer> {
  const jax = await import(JAX);
  const { start } = await import(new URL(PEER, import.meta.url).href);
  const peer: Peer = await start(1);
  const devices: string[] = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error(`jax-js has no WebGPU here, but ${devices}`);
  jax.defaultDevice("webgpu");
  return { ...peer, description: `jax-js ${jax.defaultDevice()}` };
}

/** A problem as jax-js computes it. */
export function prepareJaxJs(
  peer: Peer,
  task: "encode" | "step",
  { shape, prefixes, parameters, batch }: Problem,
  active: number,
): Running {
  const job: Job = { ...shape, task, prefixes, active, algorithm: "dense", constants: STEP };
  return peer.prepare(job, parameters, batch);
}
