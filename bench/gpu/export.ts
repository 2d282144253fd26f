/** Writes the inputs of `pytorch_cuda.py`, and the results that it must agree with. */

import { encodeSafetensors, type TensorData } from "../../src/io/arrays/safetensors.ts";
import { PARAMETER_NAMES, parameterShapes } from "../../src/model/parameters.ts";
import type { Outcome } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";
import type { Slack } from "./gates.ts";

/** At most this many rows of a gradient are compared: all rows of a large one would double the file. */
const ROWS = 512;

/** Writes a file for one problem. Returns a line that names it. */
export async function writeForPyTorch(
  folder: string,
  name: string,
  { shape, aimed, prefixes, parameters, batch }: Problem,
  { loss, gradients }: Outcome,
  { tolerance, active }: Slack,
): Promise<string> {
  const { B, d, N } = shape;
  const shapes = parameterShapes(d, N);
  const tensors: Record<string, TensorData> = { batch: { shape: [B, d], data: batch } };
  for (const key of PARAMETER_NAMES) {
    tensors[key] = { shape: shapes[key], data: parameters[key] };
    tensors[`gradient.${key}`] = sample(gradients![key], shapes[key]);
  }
  const density = active / (B * N);
  const job = { name, shape, density, prefixes, constants: STEP, loss, tolerance };
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${name.replaceAll(",", "-")}_${aimed.toPrecision(3)}.safetensors`;
  await Deno.writeFile(path, encodeSafetensors(tensors, { job: JSON.stringify(job) }));
  return `wrote ${path}`;
}

/** Takes every ⌈n / ROWS⌉-th row, as `gradient[::step]` does in Python. */
function sample(data: Float32Array, [rows, width = 1]: readonly number[]): TensorData {
  const step = Math.ceil(rows / ROWS);
  const count = Math.ceil(rows / step);
  const kept = new Float32Array(count * width);
  for (let n = 0; n < count; n++) {
    kept.set(data.subarray(n * step * width, (n * step + 1) * width), n * width);
  }
  return { shape: width > 1 ? [count, width] : [count], data: kept };
}
