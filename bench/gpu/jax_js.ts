/**
 * Runs jax-js on its WebGPU device with the code of its WebAssembly device in `bench/peers`. Loaded
 * only on request: `--config bench/peers/deno.json --jax-js`, with the package in Deno's cache.
 */
import type { Job, Peer, Running } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";

// Computed specifiers, so that type checks without the peers' configuration do not look for jax-js.
const JAX = "@jax-js/jax";
const PEER = "../peers/jax_js.ts";

/** Starts jax-js with WebGPU as its default device. */
export async function startJaxJs(): Promise<Peer> {
  const jax = await import(JAX);
  const { start } = await import(new URL(PEER, import.meta.url).href);
  const peer: Peer = await start(1);
  const devices: string[] = await jax.init("webgpu");
  if (!devices.includes("webgpu")) {
    throw new Error(`Cannot start jax-js on WebGPU: its devices are ${devices}`);
  }
  jax.defaultDevice("webgpu");
  return { ...peer, description: `jax-js ${jax.defaultDevice()}` };
}

/** Prepares a problem for jax-js. */
export function prepareJaxJs(
  peer: Peer,
  task: "encode" | "step",
  { shape, prefixes, parameters, batch }: Problem,
  active: number,
): Running {
  const job: Job = { ...shape, task, prefixes, active, algorithm: "dense", constants: STEP };
  return peer.prepare(job, parameters, batch);
}
