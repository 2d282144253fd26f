/**
 * Runs on the null driver (see `../isa/null_device.ts`): takes training steps of a shape and prints as JSON how much a step
 * submits, dispatches, binds and holds. Nothing is computed, so shapes need no GPU and little memory of the host.
 *
 * The argument is a shape: B,d,N,active,P.
 */
import { newDevice } from "../../../kernels/webgpu/device.ts";
import { WebGpuBackend } from "../../../kernels/webgpu/backend.ts";
import { Trainer } from "../../../mod.ts";
import { countOn } from "../../../tests/webgpu/counting_device.ts";
import { shapeOf } from "../../harness/problem.ts";
import { countDispatches } from "./count_dispatches.ts";
import type { CountedStep } from "./counted.ts";

/** Metrics are read every 32 steps; the next step is of the algorithm that they lead to, with its room. */
const STEPS_BEFORE = 34;

const shape = shapeOf(Deno.args[0]);
const { B, d, N, P, active } = shape;
const zeros = (length: number) => new Float32Array(length);
const initial = {
  inputSize: d,
  latentCount: N,
  encoder: zeros(N * d),
  encoderBias: zeros(N),
  decoder: zeros(N * d),
  decoderBias: zeros(d),
};
const choice = await newDevice();
const device = countOn(choice.device);
const dispatches = countDispatches(choice.device);
const counted: CountedStep[] = [];
for (const algorithm of ["dense", "sparse"] as const) {
  using backend = new WebGpuBackend(choice, { device: choice.device, tileSide: 16 }, {
    directive: "",
  });
  // What the trainer reads are zeros; all metrics, L0 among them, become the shape's active latents.
  const read = backend.read.bind(backend);
  backend.read = async (tensor) => {
    const values = await read(tensor);
    return values instanceof Float32Array ? values.fill(active) : values;
  };
  using trainer = await Trainer.create(backend, {
    inputSize: d,
    latentCount: N,
    steps: 1000,
    prefixCount: P,
    initial,
    algorithm: algorithm === "dense" ? "dense" : "auto",
  });
  const batch = zeros(B * d);
  for (let step = 0; step < STEPS_BEFORE; step++) await trainer.step(batch);
  if (trainer.algorithm !== algorithm) throw new Error(`The step is ${trainer.algorithm}`);
  const before = { ...device };
  dispatches.shaders.clear();
  dispatches.closed = 0;
  await trainer.step(batch);
  counted.push({
    algorithm,
    submits: device.submits - before.submits,
    writtenBytes: device.writtenBytes - before.writtenBytes,
    maps: device.maps - before.maps,
    heldBytes: backend.allocatedBytes,
    closed: dispatches.closed,
    shaders: structuredClone(Object.fromEntries(dispatches.shaders)),
  });
}
console.log(JSON.stringify(counted));
// The driver's threads would keep the process alive.
Deno.exit();
